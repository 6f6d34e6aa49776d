package dev.sifter.kernels.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.catalog.Elements;
import dev.sifter.kernels.library.catalog.TrialArray;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What must hold for any input. */
class KernelPropertiesTest {
  private static final ElementType BF16 = ElementType.BF16;
  private static final ElementType F32 = ElementType.F32;

  private EmulatedGpu gpu;
  private LoadedKernels kernels;
  private TrialMemory memory;

  @BeforeEach
  void open() {
    gpu = new EmulatedGpu(EmulatorOptions.defaults().withMemoryBytes(1L << 40));
    kernels = new LoadedKernels(gpu, PtxTarget.SM_80);
    memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, 7);
  }

  @AfterEach
  void close() {
    memory.close();
    gpu.close();
  }

  private void run(List<Launch> launches) {
    kernels.run(gpu.stream(), launches);
  }

  private float[] values(TrialArray array) {
    return Elements.decode(array.type(), memory.read(array.array().slice()));
  }

  /** A document's result has the same bits alone, first, last, and between others. */
  @Test
  void attentionOfADocumentDoesNotDependOnTheOthers() {
    int width = 2 * 64;
    int length = 70;
    float[] document = new float[length * width];
    for (int i = 0; i < document.length; i++) {
      document[i] = Elements.rounded(BF16, (float) Math.sin(i * 0.7) * (i % 5));
    }
    float[] alone = attend(document, 0, 0, width);
    assertThat(attend(document, 33, 0, width)).isEqualTo(alone);
    assertThat(attend(document, 0, 100, width)).isEqualTo(alone);
    assertThat(attend(document, 1, 65, width)).isEqualTo(alone);
  }

  /** The output rows of a document with noise before and behind it. */
  private float[] attend(float[] document, int before, int behind, int width) {
    int length = document.length / width;
    int rows = before + length + behind;
    int start = before * width;
    TrialArray noise = memory.normal(F32, (long) rows * width);
    TrialArray q =
        memory.of(
            BF16,
            (long) rows * width,
            i -> i >= start && i < start + document.length ? document[i - start] : noise.get(i));
    TrialArray out = memory.output(BF16, (long) rows * width);
    List<Document> documents =
        List.of(
            new Document(0, before, 0, before),
            new Document(before, length, before, length),
            new Document(before + length, behind, before + length, behind));
    int[] tiles = AttentionTiles.ofQueries(documents, FlashAttention.BLOCK_QUERIES);
    AttentionTensor rowsOfQ = new AttentionTensor(q.array(), width);
    run(
        FlashAttention.launches(
            TensorCores.WGMMA,
            new AttentionShape(2, 2, 64, false, false, BF16, BF16),
            new AttentionOptions(0.125f, 0, 0),
            memory.integers(tiles),
            tiles.length / AttentionTiles.FIELDS,
            rowsOfQ,
            rowsOfQ,
            rowsOfQ,
            new AttentionTensor(out.array(), width),
            null));
    return Arrays.copyOfRange(values(out), start, start + document.length);
  }

  /** A NaN must show, not vanish in a maximum. */
  @Test
  void nanIsNeverLost() {
    int width = 65;
    TrialArray x = memory.of(F32, 3 * width, i -> i == width + 7 ? Double.NaN : Math.sin(i));
    TrialArray w = memory.of(F32, width, i -> 1);
    TrialArray y = memory.output(F32, 3 * width);
    TrialArray rstd = memory.output(F32, 3);
    run(
        RmsNorm.launches(
            x.array(), null, w.array(), 1e-5f, 0, y.array(), width, rstd.array(), 3, width));
    assertThat(nanRows(values(y), width)).containsExactly(false, true, false);

    TrialArray loss = memory.output(F32, 3);
    run(
        CrossEntropy.launches(
            0, false, x.array(), memory.integers(1, 2, 3), 1, loss.array(), null, null, 3, width));
    assertThat(nanRows(values(loss), 1)).containsExactly(false, true, false);
    assertThat(nanRows(values(x), width)).containsExactly(false, true, false);

    TrialArray pair = memory.output(F32, 2);
    List<Array> arrays = List.of(memory.normal(F32, 5000).array(), x.array());
    TrialArray scratch = memory.output(F32, SquareSum.scratchElements(arrays));
    run(SquareSum.launches(arrays, memory::table, scratch.array(), pair.array()));
    assertThat(values(pair)[0]).isNaN();
  }

  /** All queries from the one on that sees the NaN are NaN; those before are not. */
  @Test
  void nanOfAKeyReachesAllThatSeeIt() {
    int rows = 40;
    int width = 16;
    for (ElementType type : List.of(BF16, F32)) {
      TrialArray q = memory.normal(type, (long) rows * width);
      TrialArray k = memory.of(type, (long) rows * width, i -> i / width == 20 ? Double.NaN : 1);
      TrialArray out = memory.output(type, (long) rows * width);
      int[] tiles = AttentionTiles.ofQueries(List.of(new Document(0, rows, 0, rows)), 32);
      int[] flashTiles = AttentionTiles.ofQueries(List.of(new Document(0, rows, 0, rows)), 64);
      AttentionShape shape = new AttentionShape(1, 1, width, false, false, type, type);
      AttentionOptions options = new AttentionOptions(0.25f, 0, 0);
      AttentionTensor tq = new AttentionTensor(q.array(), width);
      AttentionTensor tk = new AttentionTensor(k.array(), width);
      AttentionTensor to = new AttentionTensor(out.array(), width);
      run(
          type == BF16
              ? FlashAttention.launches(
                  TensorCores.of(gpu.properties(), shape),
                  shape,
                  options,
                  memory.integers(flashTiles),
                  1,
                  tq,
                  tk,
                  tq,
                  to,
                  null)
              : TiledAttention.launches(
                  shape, options, memory.integers(tiles), 2, tq, tk, tq, to, null));
      boolean[] nan = nanRows(values(out), width);
      for (int row = 0; row < rows; row++) {
        assertThat(nan[row]).as("%s, row %d", type, row).isEqualTo(row >= 20);
      }
    }
  }

  private static boolean[] nanRows(float[] values, int width) {
    boolean[] nan = new boolean[values.length / width];
    for (int i = 0; i < values.length; i++) {
      nan[i / width] |= Float.isNaN(values[i]);
    }
    return nan;
  }

  /** An infinite logit, and −∞ for what is excluded. */
  @Test
  void excludedLogitsHaveNoPartInTheLoss() {
    int vocab = 33;
    TrialArray x = memory.of(F32, vocab, i -> i % 2 == 0 ? Float.NEGATIVE_INFINITY : Math.cos(i));
    TrialArray loss = memory.output(F32, 1);
    TrialArray entropy = memory.output(F32, 1);
    run(
        CrossEntropy.launches(
            0,
            false,
            x.array(),
            memory.integers(1),
            1,
            loss.array(),
            entropy.array(),
            null,
            1,
            vocab));
    assertThat(values(loss)[0]).isFinite();
    assertThat(values(entropy)[0]).isFinite();
    float[] gradient = values(x);
    assertThat(gradient[0]).isZero();
    assertThat(gradient[1]).isNegative();
  }

  /** Rows of a table of 5·10⁹ elements, of which only two are ever touched. */
  @Test
  void indicesBeyond32Bits() {
    int width = 1 << 16;
    int last = 80_000;
    try (DeviceBuffer table = gpu.allocate(2L * width * (last + 1))) {
      DeviceSlice row = table.slice(2L * width * last, 2L * width);
      short[] ones = new short[width];
      Arrays.fill(ones, (short) 0x3F80);
      gpu.stream().copyToDevice(MemorySegment.ofArray(ones), row);
      TrialArray y = memory.output(F32, width);
      Array all = new Array(table.all(), BF16);
      run(Gather.launches(all, memory.integers(last), 2, y.array(), 1, width));
      assertThat(values(y)).containsOnly(2f);

      DeviceSlice order = memory.integers(RowOrder.of(new int[] {last}));
      run(ScatterAdd.launches(y.array(), memory.integers(last), order, 1, all, 1, width));
      run(Gather.launches(all, memory.integers(last), 1, y.array(), 1, width));
      assertThat(values(y)).containsOnly(3f);
    }
  }

  /** Splitting a product's terms among blocks changes the order of its sums, and nothing else. */
  @Test
  void aProductIsTheSameOnEveryRun() {
    GemmShape shape = GemmShape.dense(16, 48, 2000, true, false);
    TrialArray a = memory.normal(F32, 16L * 2000);
    TrialArray b = memory.normal(F32, 48L * 2000);
    TrialArray c = memory.output(F32, 16L * 48);
    TrialArray scratch = memory.output(F32, Gemm.scratchElements(shape));
    List<Launch> launches =
        Gemm.launches(shape, a.array(), b.array(), 1, 0, c.array(), scratch.array());
    assertThat(launches).hasSize(2);
    run(launches);
    float[] first = values(c);
    run(launches);
    assertThat(values(c)).isEqualTo(first);
  }
}
