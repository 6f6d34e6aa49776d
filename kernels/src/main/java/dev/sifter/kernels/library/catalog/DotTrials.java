package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.ColumnSum;
import dev.sifter.kernels.library.InverseRoot;
import dev.sifter.kernels.library.RowDot;
import dev.sifter.kernels.library.ScaleColumns;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What a weight-decomposed adapter needs: norms of rows, and factors of columns. */
final class DotTrials {
  private static final Tolerance SUMS =
      new Tolerance(1e-6, 1e-6, "fp32 sums of terms of both signs");
  private static final Tolerance ROUNDINGS =
      new Tolerance(0x1p-23, 0x1p-23, "two roundings, the second of a sum that may cancel");

  private DotTrials() {}

  static List<KernelEntry> all() {
    return List.of(rowDot(), columnDot(), scaleColumns(), inverseRoot());
  }

  private static KernelEntry rowDot() {
    return new KernelEntry(
        "row-dot",
        "sums[t] (+)= Σ_n a[t,n]·b[t,n]",
        List.of(
            rowDot(F32, BF16, 9, 256, true),
            rowDot(F32, F32, 33, 31, false),
            rowDot(BF16, BF16, 1, 4096, false),
            rowDot(F32, F32, 3, 1, true)),
        rowDot(BF16, BF16, 8192, 4096, false));
  }

  private static KernelTrial rowDot(
      ElementType a, ElementType b, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s by %s, %d rows of %d%s".formatted(a, b, rows, width, accumulate ? ", added to" : ""),
        memory -> {
          TrialArray left = memory.normal(a, (long) rows * width);
          TrialArray right = memory.normal(b, (long) rows * width);
          TrialArray sums = accumulate ? memory.normal(F32, rows) : memory.output(F32, rows);
          return new Trial(
                  RowDot.launches(
                      left.array(), right.array(), accumulate, sums.array(), rows, width))
              .expect(
                  "sums",
                  sums,
                  t -> (accumulate ? sums.get(t) : 0) + dot(left, right, width, n -> t * width + n),
                  SUMS)
              .work((long) rows * width * (a.bytes() + b.bytes()), 2.0 * rows * width);
        });
  }

  private static KernelEntry columnDot() {
    return new KernelEntry(
        "column-dot",
        "sums[n] (+)= Σ_t a[t,n]·b[t,n]",
        List.of(
            columnDot(F32, BF16, 33, 256, true),
            columnDot(F32, F32, 300, 31, false),
            columnDot(BF16, F32, 1, 127, false)),
        columnDot(BF16, BF16, 16384, 4096, false));
  }

  private static KernelTrial columnDot(
      ElementType a, ElementType b, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s by %s, %d rows of %d%s".formatted(a, b, rows, width, accumulate ? ", added to" : ""),
        memory -> {
          TrialArray left = memory.normal(a, (long) rows * width);
          TrialArray right = memory.normal(b, (long) rows * width);
          TrialArray sums = accumulate ? memory.normal(F32, width) : memory.output(F32, width);
          long scratch = ColumnSum.scratchElements(rows, width);
          return new Trial(
                  ColumnSum.launchesOfProducts(
                      left.array(),
                      right.array(),
                      rows,
                      width,
                      accumulate,
                      sums.array(),
                      memory.output(F32, scratch).array()))
              .expect(
                  "sums",
                  sums,
                  n -> (accumulate ? sums.get(n) : 0) + dot(left, right, rows, t -> t * width + n),
                  SUMS)
              .work((long) rows * width * (a.bytes() + b.bytes()), 2.0 * rows * width);
        });
  }

  private static double dot(TrialArray a, TrialArray b, int terms, IntUnaryOperator index) {
    double sum = 0;
    for (int i = 0; i < terms; i++) {
      sum += a.get(index.applyAsInt(i)) * b.get(index.applyAsInt(i));
    }
    return sum;
  }

  private static KernelEntry scaleColumns() {
    return new KernelEntry(
        "scale-columns",
        "y[t,n] (+)= x[t,n]·factors[n]",
        List.of(
            scaleColumns(BF16, BF16, 9, 256, false),
            scaleColumns(F32, F32, 33, 31, true),
            scaleColumns(F32, F32, 1, 4097, false)),
        scaleColumns(BF16, BF16, 16384, 4096, false));
  }

  private static KernelTrial scaleColumns(
      ElementType typeX, ElementType typeY, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s to %s, %d rows of %d%s"
            .formatted(typeX, typeY, rows, width, accumulate ? ", added to" : ""),
        memory -> {
          long n = (long) rows * width;
          TrialArray x = memory.normal(typeX, n);
          TrialArray factors = memory.normal(F32, width);
          TrialArray y = accumulate ? memory.normal(typeY, n) : memory.output(typeY, n);
          return new Trial(
                  ScaleColumns.launches(
                      x.array(), factors.array(), accumulate, y.array(), rows, width))
              .expect(
                  "y",
                  y,
                  i -> (accumulate ? y.get(i) : 0) + x.get(i) * factors.get(i % width),
                  ROUNDINGS)
              .work(n * (typeX.bytes() + typeY.bytes() * (accumulate ? 2 : 1)), n);
        });
  }

  private static KernelEntry inverseRoot() {
    return new KernelEntry(
        "inverse-root",
        "y = 1/√x",
        List.of(inverseRoot(F32, 4097), inverseRoot(BF16, 31)),
        inverseRoot(F32, 1 << 24));
  }

  private static KernelTrial inverseRoot(ElementType type, int n) {
    return new KernelTrial(
        "%s, %d elements".formatted(type, n),
        memory -> {
          TrialArray x = memory.uniform(type, n);
          TrialArray y = memory.output(type, n);
          return new Trial(InverseRoot.launches(x.array(), y.array(), n))
              .expect("y", y, i -> 1 / Math.sqrt(x.get(i)), ROUNDINGS)
              .work(2L * n * type.bytes(), 2.0 * n);
        });
  }
}
