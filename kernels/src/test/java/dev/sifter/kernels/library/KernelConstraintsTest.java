package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.ElementType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What kernels refuse before anything is launched, and that they say why. */
class KernelConstraintsTest {
  private static final Array F32 = array(0, 1 << 20, ElementType.F32);
  private static final Array BF16 = array(0, 1 << 20, ElementType.BF16);
  private static final DeviceSlice IDS = F32.slice();

  /** Some bytes at an offset of a buffer that is never touched. */
  private static Array array(int offset, int bytes, ElementType type) {
    DeviceBuffer buffer = new DeviceBuffer(1 << 20, offset + bytes, () -> {});
    return new Array(buffer.slice(offset, bytes), type);
  }

  private static void refused(String why, ThrowingCallable launches) {
    assertThatThrownBy(launches)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void tooShortTensors() {
    refused("a needs 8388608 bytes", () -> Add.launches(F32, F32, F32, 1 << 21));
    refused(
        "rstd needs",
        () ->
            RmsNorm.launches(
                F32, null, F32, 1e-5f, 0, F32, 64, array(0, 8, ElementType.F32), 3, 64));
  }

  @Test
  void rowsThatOverlap() {
    refused(
        "rows of y are 64 elements wide, but only 32 apart",
        () -> RmsNorm.launches(F32, null, F32, 1e-5f, 0, F32, 32, F32, 3, 64));
    refused("rows of A", () -> new GemmShape(4, 4, 8, false, false, 7, 4, 4));
  }

  @Test
  void rowsThatNoBlockHolds() {
    refused(
        "a block holds at most",
        () -> RmsNorm.launches(F32, null, F32, 1e-5f, 0, F32, 50_000, F32, 1, 50_000));
  }

  @Test
  void typesThatDoNotFit() {
    refused(
        "keeps parameters and moments in F32",
        () -> new AdamW.Update(F32, F32, BF16, F32, F32, null, 8));
    refused(
        "they must be of one type",
        () -> Gated.launches(ActivationFunction.SILU, F32, BF16, 8, F32, 8, 1, 8));
    refused(
        "tensor cores multiply BF16",
        () ->
            new GemmTensorCore(
                new GemmShape.Operands(
                    ElementType.F32, ElementType.BF16, ElementType.F32, false, false, false),
                64,
                2,
                false));
  }

  @Test
  void addressesThatTensorCoresCannotRead() {
    GemmShape shape = GemmShape.dense(64, 64, 60, false, true);
    refused(
        "multiples of 8 elements",
        () -> GemmTensorCore.launches(shape, 64, BF16, BF16, 1, 0, BF16));
    assertThat(GemmTensorCore.takes(shape, BF16, BF16)).isFalse();
    AttentionShape heads = heads(2, 1, 64);
    AttentionTensor odd = new AttentionTensor(array(2, 1 << 16, ElementType.BF16), 128);
    AttentionTensor even = new AttentionTensor(BF16, 128);
    assertThat(FlashAttention.takes(heads, even, odd)).isFalse();
    refused(
        "must begin at multiples of 8 elements",
        () ->
            FlashAttention.launches(
                TensorCores.MMA,
                heads,
                new AttentionOptions(1, 0, 0),
                IDS,
                1,
                even,
                odd,
                even,
                even,
                null));
  }

  private static AttentionShape heads(int heads, int kvHeads, int headDim) {
    return new AttentionShape(
        heads, kvHeads, headDim, false, false, ElementType.BF16, ElementType.BF16);
  }

  @Test
  void headsThatCannotBe() {
    refused("cannot share 2 key heads", () -> heads(3, 2, 64));
    refused("at most 256", () -> heads(1, 1, 512));
    refused("multiple of 16", () -> new FlashAttention(heads(1, 1, 40), false, TensorCores.MMA));
    refused(
        "multiple of 16", () -> new FlashAttentionKeyGradient(heads(1, 1, 136), TensorCores.MMA));
    refused("64 or 128", () -> new FlashAttention(heads(1, 1, 96), false, TensorCores.WGMMA));
    refused("an even part", () -> rope(64, 63));
    refused("a warp holds", () -> new DecodeAttention(heads(32, 1, 128), false, 8));
  }

  private static Rope rope(int headDim, int rotaryDim) {
    return new Rope(
        1,
        headDim,
        rotaryDim,
        false,
        ElementType.F32,
        ElementType.F32,
        ElementType.F32,
        false,
        false,
        1);
  }

  @Test
  void optionsThatDoNotFitTheKernel() {
    AttentionTensor q = new AttentionTensor(BF16, 128);
    refused(
        "do not fit",
        () ->
            TiledAttention.launches(
                heads(2, 1, 64), new AttentionOptions(1, 5, 0), IDS, 1, q, q, q, q, null));
  }

  @Test
  void numbersOutOfRange() {
    refused("dropout probability", () -> Dropout.launches(F32, 1, IDS, 1, false, F32, 8));
    refused("must be positive", () -> SampleToken.launches(F32, 0, 1, 1, F32, IDS, 1, 8));
    refused(
        "8-bit AdamW of 6 elements",
        () ->
            AdamW8.launches(
                F32,
                new AdamW8.Tables(F32, F32, F32, F32),
                F32,
                F32,
                new AdamW8.State(IDS, F32),
                new AdamW8.State(IDS, F32),
                null,
                6));
    refused(
        "up to 8 rows",
        () -> Gemv.launches(GemmShape.dense(9, 8, 8, false, true), F32, F32, 1, 0, F32));
    refused("4 or 8 bits", () -> Dequantize.launches(IDS, 3, F32, F32, 64, 0, F32, 8));
  }

  @Test
  void nothingToDoIsNothingToLaunch() {
    assertThat(Add.launches(F32, F32, F32, 0)).isEmpty();
    assertThat(Gather.launches(F32, IDS, 1, F32, 0, 8)).isEmpty();
    assertThat(Gemm.launches(GemmShape.dense(0, 8, 8, false, true), F32, F32, 1, 0, F32, null))
        .isEmpty();
  }

  private static QuantizedMatrix weights(int width, int blockSize) {
    return new QuantizedMatrix(4, width, IDS, F32, blockSize, F32, null);
  }

  private static void multiply(int rows, Array a, QuantizedMatrix w, Array c) {
    QuantizedGemv.launches(rows, a, w.width(), w, ElementType.F32, 1, 0, c, w.rows());
  }

  @Test
  void weightsInFourBits() {
    refused("up to 8 rows", () -> multiply(9, F32, weights(64, 64), F32));
    refused("whole words of 8 weights", () -> multiply(1, F32, weights(60, 64), F32));
    refused("whole words of 8 weights", () -> multiply(1, F32, weights(64, 12), F32));
    refused(
        "multiples of 16 bytes",
        () -> multiply(1, array(8, 1 << 10, ElementType.F32), weights(64, 64), F32));
    refused(
        "A needs 256 bytes",
        () -> multiply(1, array(0, 64, ElementType.F32), weights(64, 64), F32));
    refused("C needs", () -> multiply(1, F32, weights(64, 64), array(0, 8, ElementType.F32)));
    refused(
        "either fp32 numbers or nested",
        () -> new QuantizedMatrix(4, 64, IDS, F32, 64, null, null));
  }
}
