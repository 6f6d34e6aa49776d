package dev.sifter.engine.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  private static final int SAMPLES = 1 << 20;

  /** The known answers of Random123's kat_vectors for philox4x32 with 10 rounds. */
  @Test
  void blocksAreTheKnownAnswers() {
    assertThat(block(0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    // Counter 243f6a88 85a308d3 13198a2e 03707344 and key a4093822 299f31d0, lowest word first:
    // the block number is the counter's lower half, the stream its upper, the seed the key.
    assertThat(block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  private static int[] block(long seed, long stream, long block) {
    int[] out = new int[4];
    Philox.block(new RandomStream(seed, stream), block, out);
    return out;
  }

  @Test
  void aUniformNumberIsTheUpperBitsOfItsLane() {
    RandomStream stream = new RandomStream(1, 2);
    int[] four = block(1, 2, 3);
    for (int lane = 0; lane < 4; lane++) {
      assertThat(Philox.uniform(stream, 12 + lane)).isEqualTo((four[lane] >>> 8) / 16777216f);
    }
    assertThat(Philox.uniform(0)).isZero();
    assertThat(Philox.uniform(-1)).isEqualTo(Math.nextDown(1f)).isLessThan(1);
  }

  /** Bounds are five standard errors of each moment of n normal numbers. */
  @Test
  void normalNumbersHaveTheMomentsOfTheNormalDistribution() {
    float[] numbers = new float[SAMPLES];
    Philox.normal(new RandomStream(42, 0), 1, numbers);
    double[] moments = new double[5];
    double neighbours = 0;
    for (int i = 0; i < SAMPLES; i++) {
      double power = 1;
      for (int k = 1; k <= 4; k++) {
        power *= numbers[i];
        moments[k] += power / SAMPLES;
      }
      neighbours += (double) numbers[i] * numbers[i ^ 1] / SAMPLES;
    }
    double standardError = 1 / Math.sqrt(SAMPLES);
    assertThat(moments[1]).isEqualTo(0, within(5 * standardError));
    assertThat(moments[2]).isEqualTo(1, within(5 * Math.sqrt(2) * standardError));
    assertThat(moments[3]).isEqualTo(0, within(5 * Math.sqrt(15) * standardError));
    assertThat(moments[4]).isEqualTo(3, within(5 * Math.sqrt(96) * standardError));
    assertThat(neighbours).as("sine beside cosine").isEqualTo(0, within(5 * standardError));
  }

  /** Runs of before have their first weights and noise from here: as documented, Box and Muller. */
  @Test
  void aPairOfNormalNumbersComesFromAPairOfUniformOnes() {
    RandomStream stream = new RandomStream(7, 5);
    float[] numbers = new float[13];
    Philox.normal(stream, 0.5, numbers);
    for (int i = 0; i < numbers.length; i++) {
      double radius = Math.sqrt(-2 * Math.log(1 - (double) Philox.uniform(stream, i & ~1)));
      double angle = 2 * Math.PI * Philox.uniform(stream, i | 1);
      double unit = i % 2 == 0 ? radius * Math.cos(angle) : radius * Math.sin(angle);
      assertThat((double) numbers[i]).isEqualTo(0.5 * unit, within(1e-6));
    }
  }

  @Test
  void aPrefixOfAStreamDoesNotDependOnTheLength() {
    float[] few = new float[7];
    float[] many = new float[100];
    Philox.normal(new RandomStream(3, 1), 2, few);
    Philox.normal(new RandomStream(3, 1), 2, many);
    assertThat(many).startsWith(few);
  }
}
