package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.F32;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.AttentionTiles;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.DecodeAttention;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a number that is none does to attention: it shows where it is seen, and nowhere else. */
class AttentionIsolationTest {
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 64;

  /** Kernels under test. */
  private enum Variant {
    FLASH(AttentionFamily.FLASH, 0, 0),
    FLASH_WINDOW_SOFTCAP(AttentionFamily.FLASH, 9, 4),
    WGMMA(AttentionFamily.FLASH_WGMMA, 0, 0),
    WGMMA_WINDOW_SOFTCAP(AttentionFamily.FLASH_WGMMA, 9, 4),
    TILED(AttentionFamily.TILED, 0, 0),
    TILED_WINDOW_SOFTCAP(AttentionFamily.TILED, 9, 4);

    final AttentionFamily family;
    final int window;
    final float softcap;

    Variant(AttentionFamily family, int window, float softcap) {
      this.family = family;
      this.window = window;
      this.softcap = softcap;
    }
  }

  private final EmulatedGpu gpu = EmulatedGpu.open();
  private final LoadedKernels kernels = new LoadedKernels(gpu, PtxTarget.SM_80);

  @AfterEach
  void close() {
    gpu.close();
  }

  /** What came out, row by row. */
  private record Results(float[] out, float[] dq, float[] dk, float[] dv) {}

  /** Rows of documents around, and rows of none, hold what is no number in every input. */
  @ParameterizedTest
  @EnumSource
  void otherDocumentsAndPaddingHaveNoPart(Variant variant) {
    // Rows 20 to 22, and those from 190 on, belong to no document.
    List<Document> documents = List.of(of(0, 20), of(23, 70), of(93, 33), of(126, 64));
    int rows = 200;
    IntPredicate clean = row -> row >= 23 && row < 93 || row >= 126 && row < 190;
    Results expected = attend(variant, documents, rows, 1, row -> 0);
    for (double poison : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Results actual = attend(variant, documents, rows, 1, row -> clean.test(row) ? 0 : poison);
      for (int row = 0; row < rows; row++) {
        if (clean.test(row)) {
          assertSameRow("out", actual.out, expected.out, row, HEADS);
          assertSameRow("dq", actual.dq, expected.dq, row, HEADS);
          assertSameRow("dk", actual.dk, expected.dk, row, KV_HEADS);
          assertSameRow("dv", actual.dv, expected.dv, row, KV_HEADS);
        }
      }
      assertThat(row(actual.out, 0, HEADS)).contains(Float.NaN);
    }
  }

  private static Document of(int start, int length) {
    return new Document(start, length, start, length);
  }

  private static float[] row(float[] values, int row, int heads) {
    int width = heads * HEAD_DIM;
    return Arrays.copyOfRange(values, row * width, (row + 1) * width);
  }

  private static void assertSameRow(
      String name, float[] actual, float[] expected, int row, int heads) {
    assertThat(row(actual, row, heads))
        .as("%s, row %d", name, row)
        .isEqualTo(row(expected, row, heads));
  }

  /** Forward and backward over inputs of a seed, to each row of which a number is added. */
  private Results attend(
      Variant variant, List<Document> documents, int rows, long seed, IntToDoubleFunction added) {
    AttentionFamily family = variant.family;
    AttentionShape shape =
        new AttentionShape(
            HEADS,
            KV_HEADS,
            HEAD_DIM,
            variant.window > 0,
            variant.softcap > 0,
            family.gradientType(),
            family.gradientType());
    AttentionOptions options = new AttentionOptions(0.2f, variant.window, variant.softcap);
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, seed)) {
      AttentionTensor q = input(memory, shape, HEADS, rows, added);
      AttentionTensor k = input(memory, shape, KV_HEADS, rows, added);
      AttentionTensor v = input(memory, shape, KV_HEADS, rows, added);
      AttentionTensor dOut = input(memory, shape, HEADS, rows, added);
      AttentionTensor out = zeros(memory, shape, HEADS, rows);
      AttentionTensor dq = zeros(memory, shape, HEADS, rows);
      AttentionTensor dk = zeros(memory, shape, KV_HEADS, rows);
      AttentionTensor dv = zeros(memory, shape, KV_HEADS, rows);
      TrialArray lse = memory.of(F32, (long) rows * HEADS, i -> added.applyAsDouble(i / HEADS));
      TrialArray sums = memory.of(F32, (long) rows * HEADS, i -> added.applyAsDouble(i / HEADS));
      int[] ofQueries = AttentionTiles.ofQueries(documents, family.blockQueries());
      int[] ofKeys = AttentionTiles.ofKeys(documents, family.blockKeys());
      DeviceSlice queryTiles = memory.integers(ofQueries);
      DeviceSlice keyTiles = memory.integers(ofKeys);
      int queryCount = ofQueries.length / AttentionTiles.FIELDS;
      int keyCount = ofKeys.length / AttentionTiles.FIELDS;
      kernels.run(
          gpu.stream(),
          family.attention().of(shape, options, queryTiles, queryCount, q, k, v, out, lse.array()));
      kernels.run(
          gpu.stream(),
          family
              .queryGradient()
              .of(
                  shape,
                  options,
                  queryTiles,
                  queryCount,
                  dOut,
                  q,
                  k,
                  v,
                  out,
                  lse.array(),
                  sums.array(),
                  dq));
      kernels.run(
          gpu.stream(),
          family
              .keyGradient()
              .of(
                  shape,
                  options,
                  keyTiles,
                  keyCount,
                  dOut,
                  q,
                  k,
                  v,
                  lse.array(),
                  sums.array(),
                  dk,
                  dv));
      gpu.stream().synchronize();
      return new Results(
          values(memory, out), values(memory, dq), values(memory, dk), values(memory, dv));
    }
  }

  /** A cache holds what earlier sequences left, behind a sequence's keys and before them. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F32"})
  void whatElseLiesInACacheHasNoPartInDecoding(ElementType type) {
    List<Document> sequences = List.of(new Document(0, 1, 10, 300), new Document(1, 1, 350, 37));
    IntPredicate held = row -> row >= 10 && row < 310 || row >= 350 && row < 387;
    float[] expected = decode(type, sequences, 400, row -> 0);
    float[] actual = decode(type, sequences, 400, row -> held.test(row) ? 0 : Double.NaN);
    assertThat(actual).isEqualTo(expected).doesNotContain(Float.NaN);
  }

  private float[] decode(
      ElementType type, List<Document> sequences, int rows, IntToDoubleFunction added) {
    AttentionShape shape = new AttentionShape(HEADS, KV_HEADS, HEAD_DIM, false, false, type, type);
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, 1)) {
      AttentionTensor q = input(memory, shape, HEADS, sequences.size(), row -> 0);
      AttentionTensor k = input(memory, shape, KV_HEADS, rows, added);
      AttentionTensor v = input(memory, shape, KV_HEADS, rows, added);
      AttentionTensor out = zeros(memory, shape, HEADS, sequences.size());
      int longest = sequences.stream().mapToInt(Document::keyLength).max().orElseThrow();
      TrialArray scratch =
          memory.output(F32, DecodeAttention.scratchElements(shape, sequences.size(), longest));
      kernels.run(
          gpu.stream(),
          DecodeAttention.launches(
              shape,
              new AttentionOptions(0.2f, 0, 0),
              memory.integers(AttentionTiles.ofQueries(sequences, 1)),
              sequences.size(),
              longest,
              q,
              k,
              v,
              out,
              scratch.array()));
      return values(memory, out);
    }
  }

  private static AttentionTensor input(
      TrialMemory memory, AttentionShape shape, int heads, int rows, IntToDoubleFunction added) {
    int width = heads * HEAD_DIM;
    TrialArray noise = memory.normal(F32, (long) rows * width);
    TrialArray array =
        memory.of(
            shape.type(), (long) rows * width, i -> noise.get(i) + added.applyAsDouble(i / width));
    return new AttentionTensor(array.array(), width);
  }

  private static AttentionTensor zeros(
      TrialMemory memory, AttentionShape shape, int heads, int rows) {
    int width = heads * HEAD_DIM;
    return new AttentionTensor(memory.of(shape.type(), (long) rows * width, i -> 0).array(), width);
  }

  private static float[] values(TrialMemory memory, AttentionTensor tensor) {
    return Elements.decode(tensor.array().type(), memory.read(tensor.array().slice()));
  }
}
