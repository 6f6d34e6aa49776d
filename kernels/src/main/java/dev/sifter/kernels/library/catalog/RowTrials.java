package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.VOCABULARIES;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AddBias;
import dev.sifter.kernels.library.ColumnSum;
import dev.sifter.kernels.library.Gather;
import dev.sifter.kernels.library.PasteRows;
import dev.sifter.kernels.library.RowDots;
import dev.sifter.kernels.library.RowOrder;
import dev.sifter.kernels.library.ScaleColumns;
import dev.sifter.kernels.library.Scatter;
import dev.sifter.kernels.library.ScatterAdd;
import dev.sifter.kernels.ptx.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Functions of the rows of matrices. */
final class RowTrials {
  private static final Tolerance SUMS =
      new Tolerance(1e-6, 1e-6, "fp32 sums of terms of both signs");

  private RowTrials() {}

  static List<KernelEntry> all() {
    return List.of(
        addBias(),
        columnSum(),
        gather(),
        scatter(),
        scatterAdd(),
        scaleColumns(),
        columnDots(),
        rowDots(),
        pasteRows());
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

  private static KernelEntry gather() {
    return new KernelEntry(
            "gather",
            "y[t] = scale·table[rows[t]]",
            join(
                List.of(
                    gather(BF16, F32, 9, 576, 40),
                    gather(F32, F32, 5, 127, 33),
                    gather(BF16, BF16, 17, 64, 5),
                    gather(F16, F32, 3, 31, 3)),
                each(TOKENS, count -> gather(F32, BF16, count, 24, 33)),
                each(HIDDEN_SIZES, width -> gather(BF16, BF16, 3, width, 5)),
                each(VOCABULARIES, rows -> gather(BF16, F32, 9, 8, rows))),
            gather(BF16, BF16, 16384, 2048, 128256))
        .streaming();
  }

  private static KernelTrial gather(
      ElementType ofTable, ElementType type, int count, int width, int tableRows) {
    return new KernelTrial(
        "%d of %d rows of %d, %s to %s".formatted(count, tableRows, width, ofTable, type),
        memory -> {
          TrialArray table = memory.normal(ofTable, (long) tableRows * width);
          int[] ids = memory.randomIntegers(count, tableRows);
          TrialArray y = memory.output(type, (long) count * width);
          return new Trial(
                  Gather.launches(
                      table.array(), memory.integers(ids), 3.7f, y.array(), count, width))
              .expect(
                  "y",
                  y,
                  i -> (float) table.get((long) ids[i / width] * width + i % width) * 3.7f,
                  Tolerance.exact("one rounding"))
              .work((long) count * width * (ofTable.bytes() + type.bytes()), (double) count * width)
              // A sector for the row's number, for each 32 vectors of the row.
              .rereads(32L * count * Math.ceilDiv(width, 128));
        });
  }

  private static KernelEntry scatter() {
    return new KernelEntry(
            "scatter",
            "y[rows[t]] = x[t], to rows of which none comes twice",
            join(
                List.of(
                    scatter(F32, BF16, 9, 576, 640, 40),
                    scatter(F32, F32, 5, 127, 127, 33),
                    scatter(BF16, BF16, 17, 64, 72, 17),
                    scatter(F16, F32, 3, 31, 33, 3)),
                each(TOKENS, count -> scatter(F32, BF16, count, 24, 24, 2 * count)),
                each(HIDDEN_SIZES, width -> scatter(BF16, BF16, 3, width, width, 5))),
            scatter(BF16, BF16, 16384, 1024, 1024, 65536))
        .streaming();
  }

  private static KernelTrial scatter(
      ElementType ofRows, ElementType type, int count, int width, int stride, int targetRows) {
    return new KernelTrial(
        "%d rows of %d, %d apart, to %d, %s to %s"
            .formatted(count, width, stride, targetRows, ofRows, type),
        memory -> {
          TrialArray x = memory.normal(ofRows, (long) count * stride);
          TrialArray y = memory.of(type, (long) targetRows * width, i -> 7);
          // Rows from the last to the first, evenly over all: none comes twice.
          int[] ids =
              IntStream.range(0, count)
                  .map(t -> targetRows - 1 - t * (targetRows / count))
                  .toArray();
          int[] sources = new int[targetRows];
          Arrays.fill(sources, -1);
          IntStream.range(0, count).forEach(t -> sources[ids[t]] = t);
          return new Trial(
                  Scatter.launches(
                      x.array(), stride, memory.integers(ids), y.array(), count, width))
              .expect(
                  "y",
                  y,
                  i -> {
                    int t = sources[i / width];
                    return t < 0 ? 7 : x.get((long) t * stride + i % width);
                  },
                  Tolerance.exact("one rounding"))
              .work((long) count * width * (ofRows.bytes() + type.bytes()), 0)
              // A sector for the row's number, for each 32 vectors of the row.
              .rereads(32L * count * Math.ceilDiv(width, 128));
        });
  }

  private static KernelEntry scatterAdd() {
    return new KernelEntry(
        "scatter-add",
        "dTable[rows[t]] += scale·dy[t], in the order of t",
        join(
            List.of(
                scatterAdd(F32, 40, 64, 7),
                scatterAdd(F32, 5, 127, 33),
                scatterAdd(BF16, 129, 8, 3),
                scatterAdd(F32, 33, 576, 1)),
            each(TOKENS, count -> scatterAdd(BF16, count, 24, 5)),
            each(HIDDEN_SIZES, width -> scatterAdd(BF16, 9, width, 5)),
            each(VOCABULARIES, rows -> scatterAdd(BF16, 9, 4, rows))),
        scatterAdd(F32, 16384, 2048, 128256));
  }

  private static KernelTrial scatterAdd(ElementType type, int count, int width, int tableRows) {
    return new KernelTrial(
        "%s, %d rows of %d into %d".formatted(type, count, width, tableRows),
        memory -> {
          TrialArray dy = memory.normal(type, (long) count * width);
          int[] ids = memory.randomIntegers(count, tableRows);
          TrialArray table = memory.normal(F32, (long) tableRows * width);
          DeviceSlice rows = memory.integers(ids);
          DeviceSlice order = memory.integers(RowOrder.of(ids));
          return new Trial(
                  ScatterAdd.launches(dy.array(), rows, order, 0.7f, table.array(), count, width))
              .expect(
                  "dTable",
                  table,
                  i -> {
                    float sum = (float) table.get(i);
                    for (int t = 0; t < count; t++) {
                      if (ids[t] == i / width) {
                        sum = Math.fma((float) dy.get((long) t * width + i % width), 0.7f, sum);
                      }
                    }
                    return sum;
                  },
                  Tolerance.exact("fp32 sums in the order of t"))
              .work((long) count * width * type.bytes(), 2.0 * count * width);
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
              .work((accumulate ? 3 : 2) * n * type.bytes(), n);
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

  private static KernelEntry pasteRows() {
    return new KernelEntry(
            "paste-rows",
            "out = factor·x in a part of it, 0 elsewhere",
            List.of(
                pasteRows(F32, BF16, 9, 64, 16, 256, 0),
                pasteRows(F32, BF16, 33, 24, 8, 40, 8),
                pasteRows(F32, F32, 16, 4, 0, 64, 60),
                pasteRows(BF16, BF16, 5, 31, 9, 33, 1),
                pasteRows(F32, F32, 1, 1, 1, 3, 2)),
            pasteRows(BF16, BF16, 16384, 2048, 0, 2048, 0))
        .streaming();
  }

  /** A part of so many rows of {@code part} elements, with more rows and columns around it. */
  private static KernelTrial pasteRows(
      ElementType typeX, ElementType typeOut, int rows, int part, int moreRows, int width, int at) {
    return new KernelTrial(
        "%s to %s, %d rows of %d at column %d of %d rows of %d"
            .formatted(typeX, typeOut, rows, part, at, rows + moreRows, width),
        memory -> {
          int apart = 2 * width;
          TrialArray x = memory.normal(typeX, (long) rows * part);
          TrialArray out = memory.of(typeOut, (long) (rows + moreRows) * apart, i -> 7);
          return new Trial(
                  PasteRows.launches(
                      new PasteRows.Rows(x.array(), rows, part, part),
                      1.5f,
                      at,
                      new PasteRows.Rows(out.array(), rows + moreRows, width, apart)))
              .expect(
                  "out",
                  out,
                  n -> {
                    int row = n / apart;
                    int column = n % apart - at;
                    boolean inside = row < rows && column >= 0 && column < part;
                    double around = n % apart < width ? 0 : 7;
                    return inside ? 1.5f * (float) x.get((long) row * part + column) : around;
                  },
                  Tolerance.exact("one rounding"))
              .work(
                  (long) rows * part * typeX.bytes()
                      + (long) (rows + moreRows) * width * typeOut.bytes(),
                  (double) rows * part);
        });
  }
}
