package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.AddBias;
import dev.sifter.kernels.library.ColumnSum;
import dev.sifter.kernels.library.RowDots;
import dev.sifter.kernels.library.ScaleColumns;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/** Functions of the rows of matrices. */
final class RowTrials {
  private static final Tolerance SUMS =
      new Tolerance(1e-6, 1e-6, "fp32 sums of terms of both signs");

  private RowTrials() {}

  static List<KernelEntry> all() {
    return List.of(addBias(), columnSum(), scaleColumns(), columnDots(), rowDots());
  }

  private static KernelEntry addBias() {
    return new KernelEntry(
            "add-bias",
            "y[t, n] += bias[n]",
            join(
                List.of(
                    addBias(BF16, F32, 9, 256),
                    addBias(F32, F32, 33, 31),
                    addBias(F32, F16, 3, 64)),
                each(TOKENS, rows -> addBias(BF16, BF16, rows, 24)),
                each(HIDDEN_SIZES, width -> addBias(BF16, F32, 2, width))),
            addBias(BF16, BF16, 16384, 2304))
        .streaming();
  }

  private static KernelTrial addBias(ElementType type, ElementType ofBias, int rows, int width) {
    return new KernelTrial(
        "%s, %d rows of %d, bias in %s".formatted(type, rows, width, ofBias),
        memory -> {
          TrialArray y = memory.normal(type, (long) rows * width);
          TrialArray bias = memory.normal(ofBias, width);
          return new Trial(AddBias.launches(y.array(), bias.array(), rows, width))
              .expect(
                  "y",
                  y,
                  i -> (float) (y.get(i) + bias.get(i % width)),
                  Tolerance.exact("one rounding"))
              .work(
                  2L * rows * width * type.bytes() + (long) width * ofBias.bytes(),
                  (double) rows * width)
              .rereads((rows - 1L) * width * ofBias.bytes());
        });
  }

  private static KernelEntry columnSum() {
    return new KernelEntry(
        "column-sum",
        "out[n] (+)= Σ_t x[t, n]: the gradient of a bias",
        join(
            List.of(
                columnSum(BF16, 40, 128, true),
                columnSum(F32, 1, 1, false),
                columnSum(F32, 33, 31, true),
                columnSum(F32, 0, 5, false),
                columnSum(F32, 600, 132, true),
                columnSum(BF16, 257, 127, false)),
            each(TOKENS, rows -> columnSum(BF16, rows, 24, true)),
            each(HIDDEN_SIZES, width -> columnSum(BF16, 3, width, false))),
        columnSum(BF16, 16384, 2304, true));
  }

  private static KernelTrial columnSum(ElementType type, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s, %d rows of %d%s".formatted(type, rows, width, accumulate ? ", accumulated" : ""),
        memory -> {
          TrialArray x = memory.normal(type, (long) rows * width);
          TrialArray out = accumulate ? memory.normal(F32, width) : memory.output(F32, width);
          TrialArray scratch = memory.output(F32, ColumnSum.scratchElements(rows, width));
          return new Trial(
                  ColumnSum.launches(
                      x.array(), rows, width, accumulate, out.array(), scratch.array()))
              .expect(
                  "out",
                  out,
                  i -> {
                    double sum = accumulate ? out.get(i) : 0;
                    for (int t = 0; t < rows; t++) {
                      sum += x.get((long) t * width + i);
                    }
                    return sum;
                  },
                  SUMS)
              .work((long) rows * width * type.bytes(), (double) rows * width);
        });
  }

  private static KernelEntry scaleColumns() {
    return new KernelEntry(
        "scale-columns",
        "y[t, n] (+)= x[t, n]·factors[n]",
        join(
            List.of(
                scaleColumns(BF16, 9, 256, false),
                scaleColumns(F32, 33, 31, true),
                scaleColumns(F32, 5, 132, false)),
            each(TOKENS, rows -> scaleColumns(BF16, rows, 24, true)),
            each(HIDDEN_SIZES, width -> scaleColumns(BF16, 2, width, false))),
        scaleColumns(BF16, 16384, 2048, false));
  }

  private static KernelTrial scaleColumns(
      ElementType type, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s, %d rows of %d%s".formatted(type, rows, width, accumulate ? ", accumulated" : ""),
        memory -> {
          long n = (long) rows * width;
          TrialArray x = memory.normal(type, n);
          TrialArray f = memory.normal(type, width);
          TrialArray y = accumulate ? memory.normal(type, n) : memory.output(type, n);
          return new Trial(
                  ScaleColumns.launches(x.array(), f.array(), accumulate, y.array(), rows, width))
              .expect(
                  "y",
                  y,
                  i -> {
                    float scaled = (float) x.get(i) * (float) f.get(i % width);
                    return accumulate ? (float) y.get(i) + scaled : scaled;
                  },
                  Tolerance.exact("one rounding each"))
              .work((accumulate ? 3 : 2) * n * type.bytes(), (accumulate ? 2 : 1) * n);
        });
  }

  private static KernelEntry columnDots() {
    return new KernelEntry(
        "column-dots",
        "sums[n] (+)= Σ_t a[t, n]·b[t, n]",
        join(
            List.of(
                columnDots(BF16, F32, 40, 128, true),
                columnDots(F32, F32, 33, 31, false),
                columnDots(F32, F32, 600, 132, true)),
            each(TOKENS, rows -> columnDots(BF16, BF16, rows, 24, true)),
            each(HIDDEN_SIZES, width -> columnDots(BF16, F32, 3, width, false))),
        columnDots(BF16, BF16, 16384, 2048, true));
  }

  private static KernelTrial columnDots(
      ElementType typeA, ElementType typeB, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s by %s, %d rows of %d%s"
            .formatted(typeA, typeB, rows, width, accumulate ? ", accumulated" : ""),
        memory -> {
          long n = (long) rows * width;
          TrialArray a = memory.normal(typeA, n);
          TrialArray b = memory.normal(typeB, n);
          TrialArray out = accumulate ? memory.normal(F32, width) : memory.output(F32, width);
          TrialArray scratch = memory.output(F32, ColumnSum.scratchElements(rows, width));
          return new Trial(
                  ColumnSum.launchesOfDots(
                      a.array(), b.array(), rows, width, accumulate, out.array(), scratch.array()))
              .expect(
                  "sums",
                  out,
                  i ->
                      IntStream.range(0, rows)
                          .mapToDouble(
                              t -> a.get((long) t * width + i) * b.get((long) t * width + i))
                          .reduce(accumulate ? out.get(i) : 0, Double::sum),
                  SUMS)
              .work(n * (typeA.bytes() + typeB.bytes()), 2.0 * n);
        });
  }

  private static KernelEntry rowDots() {
    return new KernelEntry(
        "row-dots",
        "sums[t] (+)= Σ_n a[t, n]·b[t, n]",
        join(
            List.of(
                rowDots(BF16, F32, 9, 256, true),
                rowDots(F32, F32, 33, 31, false),
                rowDots(F32, F32, 2, 4097, false)),
            each(TOKENS, rows -> rowDots(BF16, BF16, rows, 24, false)),
            each(HIDDEN_SIZES, width -> rowDots(BF16, F32, 2, width, true))),
        rowDots(BF16, BF16, 16384, 2048, false));
  }

  private static KernelTrial rowDots(
      ElementType typeA, ElementType typeB, int rows, int width, boolean accumulate) {
    return new KernelTrial(
        "%s by %s, %d rows of %d%s"
            .formatted(typeA, typeB, rows, width, accumulate ? ", accumulated" : ""),
        memory -> {
          long n = (long) rows * width;
          TrialArray a = memory.normal(typeA, n);
          TrialArray b = memory.normal(typeB, n);
          TrialArray out = accumulate ? memory.normal(F32, rows) : memory.output(F32, rows);
          return new Trial(
                  RowDots.launches(a.array(), b.array(), accumulate, out.array(), rows, width))
              .expect(
                  "sums",
                  out,
                  t ->
                      IntStream.range(t * width, (t + 1) * width)
                          .mapToDouble(i -> a.get(i) * b.get(i))
                          .reduce(accumulate ? out.get(t) : 0, Double::sum),
                  SUMS)
              .work(n * (typeA.bytes() + typeB.bytes()), 2.0 * n);
        });
  }
}
