package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against torch.randperm(n, generator=torch.Generator().manual_seed(seed)) of PyTorch 2.13. */
class TorchGeneratorTest {
  @Test
  void permutesAsTorchDoes() {
    assertThat(new TorchGenerator(0).permutation(10)).containsExactly(4, 1, 7, 5, 3, 9, 0, 8, 6, 2);
    assertThat(new TorchGenerator(42).permutation(12))
        .containsExactly(6, 8, 1, 7, 0, 2, 10, 11, 4, 3, 5, 9);
    assertThat(new TorchGenerator(-7).permutation(20))
        .startsWith(4, 2, 10, 3, 12, 8, 6, 19, 18, 0, 7, 15);
  }

  @Test
  void onlyTheLower32BitsOfASeedCount() {
    assertThat(new TorchGenerator(5_000_000_000L).permutation(20))
        .startsWith(0, 16, 12, 9, 4, 17, 19, 1, 8, 18, 7, 3);
    assertThat(new TorchGenerator(5_000_000_000L).nextInt())
        .isEqualTo(new TorchGenerator(5_000_000_000L & 0xffffffffL).nextInt());
  }

  @Test
  void longPermutationsPassManyRefills() {
    int[] permutation = new TorchGenerator(123456789).permutation(70000);

    assertThat(permutation)
        .startsWith(60408, 56444, 54798, 10561, 18694, 11575, 46904, 63708, 28274, 416, 26347);
    assertThat(IntStream.of(permutation).distinct().count()).isEqualTo(70000);
    // Σ pᵢ·31ⁿ⁻¹⁻ⁱ modulo 2⁶⁴ of the reference's numbers.
    long hash = 0;
    for (int number : permutation) {
      hash = hash * 31 + number;
    }
    assertThat(hash).isEqualTo(6920736043822251688L);
  }

  /** The first number of the generator's published reference output for seed 5489. */
  @Test
  void isTheMersenneTwister() {
    assertThat(Integer.toUnsignedLong(new TorchGenerator(5489).nextInt())).isEqualTo(3499211612L);
  }
}
