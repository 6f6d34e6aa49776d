package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.LORA_RANKS;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.VOCABULARIES;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.Gemm;
import dev.sifter.kernels.library.GemmBlocked;
import dev.sifter.kernels.library.GemmNaive;
import dev.sifter.kernels.library.GemmShape;
import dev.sifter.kernels.library.GemmTensorCore;
import dev.sifter.kernels.library.GemmTiled;
import dev.sifter.kernels.library.Gemv;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Matrix products. */
final class ProductTrials {
  private static final Tolerance SUMS =
      new Tolerance(0, 8e-6, "fp32 sums of up to 4097 products of both signs");

  private ProductTrials() {}

  /** What a kernel launches for a product. */
  private interface Product {
    List<Launch> launches(Operands operands);
  }

  /** A product's arrays. */
  private record Operands(
      GemmShape shape, TrialArray a, TrialArray b, float beta, TrialArray c, TrialArray scratch) {}

  /** α of all trials; β is 0 or 2. */
  private static final float ALPHA = 0.5f;

  static List<KernelEntry> all() {
    return List.of(naive(), tiled(), blocked(), tensorCore(), gemv(), gemm());
  }

  private static KernelEntry naive() {
    Product product =
        o -> GemmNaive.launches(o.shape, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array());
    List<KernelTrial> trials = new ArrayList<>(List.of(dense(product, 33, 31, 127, 0, F32)));
    trials.addAll(transposes(product, F32));
    return new KernelEntry(
        "gemm-naive",
        "C = α·op(A)·op(B) + β·C, step 1: a thread an element",
        trials,
        dense(product, 1024, 1024, 1024, 0, F32));
  }

  private static KernelEntry tiled() {
    Product product =
        o -> GemmTiled.launches(o.shape, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array());
    List<KernelTrial> trials = new ArrayList<>(List.of(dense(product, 33, 31, 127, 0, F32)));
    trials.addAll(transposes(product, F32));
    return new KernelEntry(
        "gemm-tiled",
        "C = α·op(A)·op(B) + β·C, step 2: tiles in shared memory",
        trials,
        dense(product, 2048, 2048, 2048, 0, F32));
  }

  private static KernelEntry blocked() {
    List<KernelTrial> trials = new ArrayList<>();
    trials.add(dense(blocked(32), 32, 64, 48, 0, F32));
    for (int tile : new int[] {32, 64, 128}) {
      trials.addAll(transposes(blocked(tile), F32));
      trials.add(dense(blocked(tile), 40, 136, 36, 2, BF16));
      trials.add(strided(blocked(tile), 20, 68, 24));
    }
    return new KernelEntry(
        "gemm-blocked",
        "C = α·op(A)·op(B) + β·C, step 3: blocks in registers",
        trials,
        dense(blocked(128), 4096, 4096, 4096, 0, F32));
  }

  private static Product blocked(int tile) {
    return o ->
        GemmBlocked.launches(o.shape, tile, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array());
  }

  private static KernelEntry tensorCore() {
    List<KernelTrial> trials = new ArrayList<>();
    trials.add(dense(tensorCore(64), 64, 64, 64, 0, BF16));
    for (int tile : new int[] {64, 128}) {
      for (int way = 0; way < 4; way++) {
        GemmShape shape = GemmShape.dense(72, 136, 88, (way & 1) != 0, (way & 2) != 0);
        trials.add(trial(tensorCore(tile), shape, BF16, BF16, F32, 2 * (way & 1)));
      }
      // Rows and terms beyond the tiles' ends, an odd width of C.
      trials.add(dense(tensorCore(tile), 129, 65, 72, 2, BF16));
    }
    GemmShape bordered = new GemmShape(20, 72, 40, false, true, 104, 48, 90);
    trials.add(trial(tensorCore(64), bordered, BF16, BF16, BF16, 2));
    return new KernelEntry(
        "gemm-tensor-core",
        "C = α·op(A)·op(B) + β·C, step 4: bfloat16 on tensor cores",
        trials,
        trial(
            tensorCore(128), GemmShape.dense(8192, 8192, 8192, false, true), BF16, BF16, BF16, 0));
  }

  private static Product tensorCore(int tile) {
    return o ->
        GemmTensorCore.launches(
            o.shape, tile, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array());
  }

  private static KernelEntry gemv() {
    Product product =
        o -> Gemv.launches(o.shape, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array());
    return new KernelEntry(
        "gemv",
        "C = α·A·Bᵀ + β·C for up to 8 rows of A: a linear layer of decoding",
        join(
            List.of(
                trial(product, GemmShape.dense(1, 33, 576, false, true), BF16, BF16, F32, 0),
                trial(product, GemmShape.dense(8, 9, 127, false, true), F32, F32, F32, 2),
                trial(product, GemmShape.dense(3, 40, 264, false, true), F32, BF16, F32, 0),
                trial(product, GemmShape.dense(2, 8, 64, false, true), F32, F16, BF16, 2)),
            each(
                HIDDEN_SIZES,
                k -> trial(product, GemmShape.dense(1, 9, k, false, true), BF16, BF16, BF16, 0)),
            List.of(
                trial(product, GemmShape.dense(1, 151_936, 8, false, true), BF16, BF16, F32, 0))),
        trial(product, GemmShape.dense(1, 4096, 14336, false, true), BF16, BF16, BF16, 0));
  }

  private static KernelEntry gemm() {
    Product product =
        o ->
            Gemm.launches(
                o.shape, o.a.array(), o.b.array(), ALPHA, o.beta, o.c.array(), o.scratch.array());
    List<KernelTrial> trials = new ArrayList<>();
    // An adapter's gradient: few elements, long sums, so the terms are split.
    trials.add(trial(product, GemmShape.dense(16, 40, 600, true, false), F32, F32, F32, 0));
    trials.add(trial(product, GemmShape.dense(31, 33, 1030, true, false), F32, F32, F32, 2));
    trials.add(trial(product, GemmShape.dense(16, 40, 600, true, false), BF16, BF16, F32, 2));
    trials.add(trial(product, GemmShape.dense(3, 2, 4097, false, false), F32, F32, F32, 0));
    trials.add(trial(product, GemmShape.dense(0, 33, 31, false, true), F32, F32, F32, 0));
    trials.add(trial(product, GemmShape.dense(9, 33, 0, false, true), F32, F32, F32, 2));
    for (ElementType type : List.of(F32, BF16)) {
      // x·Aᵀ, (x·Aᵀ)·Bᵀ, and the gradient of A.
      trials.addAll(each(LORA_RANKS, r -> dense(product, 33, r, 72, 0, type)));
      trials.addAll(each(LORA_RANKS, r -> dense(product, 33, 40, r, 2, type)));
      trials.addAll(
          each(
              LORA_RANKS,
              r -> trial(product, GemmShape.dense(r, 40, 65, true, false), type, type, F32, 2)));
      trials.addAll(each(TOKENS, rows -> dense(product, rows, 24, 40, 0, type)));
      trials.addAll(
          each(
              TOKENS,
              terms ->
                  trial(product, GemmShape.dense(16, 24, terms, true, false), type, type, F32, 2)));
      trials.addAll(each(HIDDEN_SIZES, n -> dense(product, 9, n, 16, 0, type)));
    }
    trials.addAll(each(VOCABULARIES, n -> dense(product, 9, n, 16, 0, BF16)));
    return new KernelEntry(
        "gemm",
        "C = α·op(A)·op(B) + β·C by the kernel that fits the shape",
        trials,
        trial(product, GemmShape.dense(16, 4096, 16384, true, false), F32, F32, F32, 0));
  }

  /** All four ways that operands may lie, with rows that allow no vectors and rows that do. */
  private static List<KernelTrial> transposes(Product product, ElementType type) {
    List<KernelTrial> trials = new ArrayList<>();
    for (int way = 0; way < 4; way++) {
      boolean transposeA = (way & 1) != 0;
      boolean transposeB = (way & 2) != 0;
      trials.add(
          trial(
              product,
              GemmShape.dense(33, 31, 39, transposeA, transposeB),
              type,
              BF16,
              F32,
              2 * (way & 1)));
      trials.add(
          trial(product, GemmShape.dense(36, 68, 20, transposeA, transposeB), type, type, BF16, 0));
    }
    return trials;
  }

  private static KernelTrial dense(
      Product product, int m, int n, int k, float beta, ElementType type) {
    return trial(product, GemmShape.dense(m, n, k, false, true), type, type, F32, beta);
  }

  /** Rows of all three matrices are parts of wider ones. */
  private static KernelTrial strided(Product product, int m, int n, int k) {
    GemmShape shape = new GemmShape(m, n, k, false, true, k + 8, k + 4, n + 12);
    return trial(product, shape, F32, F32, F32, 2);
  }

  private static KernelTrial trial(
      Product product,
      GemmShape shape,
      ElementType typeA,
      ElementType typeB,
      ElementType typeC,
      float beta) {
    return new KernelTrial(
        "%d×%d of %d terms, %s%s·%s%s to %s, β = %s, rows %d, %d, %d apart"
            .formatted(
                shape.m(),
                shape.n(),
                shape.k(),
                typeA,
                shape.transposeA() ? "ᵀ" : "",
                typeB,
                shape.transposeB() ? "ᵀ" : "",
                typeC,
                beta,
                shape.strideA(),
                shape.strideB(),
                shape.strideC()),
        memory -> {
          long rowsA = shape.transposeA() ? shape.k() : shape.m();
          long rowsB = shape.transposeB() ? shape.n() : shape.k();
          TrialArray a = memory.normal(typeA, rowsA * shape.strideA());
          TrialArray b = memory.normal(typeB, rowsB * shape.strideB());
          TrialArray c = memory.normal(typeC, (long) shape.m() * shape.strideC());
          TrialArray scratch = memory.output(F32, Gemm.scratchElements(shape));
          long bytes =
              (long) shape.m() * shape.k() * typeA.bytes()
                  + (long) shape.n() * shape.k() * typeB.bytes()
                  + (long) shape.m() * shape.n() * typeC.bytes() * (beta == 0 ? 1 : 2);
          return new Trial(product.launches(new Operands(shape, a, b, beta, c, scratch)))
              .expect("C", c, i -> element(shape, a, b, beta, c, i), SUMS)
              .work(bytes, 2.0 * shape.m() * shape.n() * shape.k());
        });
  }

  private static double element(
      GemmShape shape, TrialArray a, TrialArray b, float beta, TrialArray c, int index) {
    int row = index / shape.strideC();
    int column = index % shape.strideC();
    if (column >= shape.n()) {
      return c.get(index);
    }
    double sum = 0;
    for (int t = 0; t < shape.k(); t++) {
      long atA =
          shape.transposeA() ? (long) t * shape.strideA() + row : (long) row * shape.strideA() + t;
      long atB =
          shape.transposeB()
              ? (long) column * shape.strideB() + t
              : (long) t * shape.strideB() + column;
      sum += a.get(atA) * b.get(atB);
    }
    return ALPHA * sum + (beta == 0 ? 0 : beta * c.get(index));
  }
}
