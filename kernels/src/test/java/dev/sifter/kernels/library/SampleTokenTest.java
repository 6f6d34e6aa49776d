package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.library.catalog.TrialArray;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows of which it is known without a formula what is drawn. */
class SampleTokenTest {
  /** Nine a thread, more than it keeps. */
  private static final int VOCAB = 9000;

  private EmulatedGpu gpu;
  private TrialMemory memory;

  @BeforeEach
  void open() {
    gpu = EmulatedGpu.open();
    memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, 1);
  }

  @AfterEach
  void close() {
    memory.close();
    gpu.close();
  }

  private int draw(IntToDoubleFunction logit, int topK, float topP, double u) {
    TrialArray logits = memory.of(ElementType.F32, VOCAB, logit);
    TrialArray uniform = memory.of(ElementType.F32, 1, i -> u);
    DeviceSlice token = memory.allocate(Integer.BYTES);
    new LoadedKernels(gpu, PtxTarget.SM_80)
        .run(
            gpu.stream(),
            SampleToken.launches(logits.array(), 1, topK, topP, uniform.array(), token, 1, VOCAB));
    return memory.readIntegers(token)[0];
  }

  @Test
  void equalLogitsAreDrawnAlike() {
    for (int topK : new int[] {1, 50, VOCAB}) {
      assertThat(draw(i -> -3, topK, 0.5f, 0)).isZero();
      assertThat(draw(i -> -3, topK, 0.5f, 2250.5 / VOCAB)).isEqualTo(2250);
      assertThat(draw(i -> -3, topK, 0.5f, Math.nextDown(1f))).isEqualTo(VOCAB - 1);
    }
  }

  /** Neighbours, whom one thread reads: the others have none of the largest. */
  @Test
  void theLargestMayLieTogether() {
    IntToDoubleFunction ninesTogether = i -> i >= 4000 && i < 4040 ? 9 : -i / 1000.0;
    assertThat(draw(ninesTogether, 40, 1, 0)).isEqualTo(4000);
    assertThat(draw(ninesTogether, 40, 1, 20.5 / 40)).isEqualTo(4020);
    assertThat(draw(ninesTogether, 40, 1, 0.99)).isEqualTo(4039);
    assertThat(draw(ninesTogether, 41, 0.9f, 0.99)).isEqualTo(4039);
  }

  @Test
  void whatIsNoNumberIsNotDrawn() {
    IntToDoubleFunction twoNumbers =
        i -> i == 17 ? 2 : i == 8123 ? 2 : i % 2 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY;
    for (int topK : new int[] {1, 3, VOCAB}) {
      assertThat(draw(twoNumbers, topK, 1, 0.4)).isEqualTo(17);
      assertThat(draw(twoNumbers, topK, 0.9f, 0.6)).isEqualTo(8123);
    }
  }

  @Test
  void aRowOfNoNumbersStillGivesAToken() {
    for (double nothing : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      assertThat(draw(i -> nothing, 5, 0.9f, 0.5)).isBetween(0, VOCAB - 1);
      assertThat(draw(i -> nothing, VOCAB, 0.9f, 0.5)).isBetween(0, VOCAB - 1);
    }
    assertThat(draw(i -> i == 3 ? Double.POSITIVE_INFINITY : 0, 5, 1, 0.5)).isBetween(0, VOCAB - 1);
  }
}
