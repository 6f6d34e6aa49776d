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
import dev.sifter.kernels.library.Gather;
import dev.sifter.kernels.library.RowOrder;
import dev.sifter.kernels.library.Scatter;
import dev.sifter.kernels.library.ScatterAdd;
import dev.sifter.kernels.ptx.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Rows that are read or written by their numbers, as those of an embedding are. */
final class NumberedRowTrials {
  private NumberedRowTrials() {}

  static List<KernelEntry> all() {
    return List.of(gather(), scatter(), scatterAdd());
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
              .work(
                  width * (count * (long) type.bytes() + 8 * IntStream.of(ids).distinct().count()),
                  2.0 * count * width);
        });
  }
}
