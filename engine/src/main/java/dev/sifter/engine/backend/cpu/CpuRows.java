package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rows by number. Sums over rows that repeat are cut by columns, so that each element is added to
 * in the order of t.
 */
final class CpuRows implements RowKernels {
  private static final int COLUMNS = 64;

  private final CpuContext context;

  CpuRows(CpuContext context) {
    this.context = context;
  }

  @Override
  public void gather(Tensor table, Tensor rows, float scale, Tensor y) {
    Checks.floats("table", table);
    Checks.f32("y", y);
    int width = table.width();
    int count = Math.toIntExact(rows.elements());
    MemorySegment numbers = checkedRows(rows, table);
    Checks.matrix("y", y, count, width);
    DType dtype = table.dtype();
    MemorySegment source = table.segment();
    MemorySegment target = y.segment();
    context.runRanges(
        count,
        Grain.rows(width),
        (from, to, worker) -> {
          float[] row = context.scratch(worker).floats(0, width);
          for (long t = from; t < to; t++) {
            Numbers.load(dtype, source, (long) number(numbers, t) * width, row, 0, width);
            Numbers.storeF32(row, 0, target, t * width, width);
          }
          if (scale != 1) {
            PointwiseLoops.scale(
                target, scale, target, 4 * from * width, Math.toIntExact((to - from) * width));
          }
        });
  }

  @Override
  public void scatter(Tensor x, Tensor rows, Tensor y) {
    Checks.f32("x", x);
    Checks.f32("y", y);
    int width = y.width();
    int count = Math.toIntExact(rows.elements());
    MemorySegment numbers = checkedRows(rows, y);
    Checks.matrix("x", x, count, width);
    long rowBytes = 4L * width;
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    context.runRanges(
        count,
        Grain.rows(width),
        (from, to, worker) -> {
          for (long t = from; t < to; t++) {
            MemorySegment.copy(
                source, t * rowBytes, target, number(numbers, t) * rowBytes, rowBytes);
          }
        });
  }

  @Override
  public void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable) {
    Checks.f32("dy", dy);
    Checks.f32("dTable", dTable);
    int width = dTable.width();
    int count = Math.toIntExact(rows.elements());
    MemorySegment numbers = checkedRows(rows, dTable);
    Checks.matrix("dy", dy, count, width);
    MemorySegment source = dy.segment();
    MemorySegment target = dTable.segment();
    if (isRising(numbers, count)) {
      context.runRanges(
          count,
          Grain.rows(width),
          (from, to, worker) ->
              add(source, numbers, from, to, 0, width, scale, target, width, worker));
    } else {
      context.runRanges(
          width,
          COLUMNS,
          (from, to, worker) ->
              add(source, numbers, 0, count, (int) from, (int) to, scale, target, width, worker));
    }
  }

  /** Whether no row is named twice, so that pieces of t never meet. */
  private static boolean isRising(MemorySegment numbers, int count) {
    for (int t = 1; t < count; t++) {
      if (number(numbers, t) <= number(numbers, t - 1)) {
        return false;
      }
    }
    return true;
  }

  private void add(
      MemorySegment source,
      MemorySegment numbers,
      long firstRow,
      long endRow,
      int firstColumn,
      int endColumn,
      float scale,
      MemorySegment target,
      int width,
      int worker) {
    int columns = endColumn - firstColumn;
    float[] row = context.scratch(worker).floats(0, columns);
    float[] sum = context.scratch(worker).floats(1, columns);
    for (long t = firstRow; t < endRow; t++) {
      long place = (long) number(numbers, t) * width + firstColumn;
      Numbers.loadF32(source, t * width + firstColumn, row, 0, columns);
      Numbers.loadF32(target, place, sum, 0, columns);
      for (int i = 0; i < columns; i++) {
        sum[i] += scale * row[i];
      }
      Numbers.storeF32(sum, 0, target, place, columns);
    }
  }

  private static int number(MemorySegment numbers, long t) {
    return numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * t);
  }

  private static MemorySegment checkedRows(Tensor rows, Tensor table) {
    Checks.i32("rows", rows, rows.elements());
    MemorySegment numbers = rows.segment();
    for (long t = 0; t < rows.elements(); t++) {
      int row = number(numbers, t);
      if (row < 0 || row >= table.shape().rows()) {
        throw new IndexOutOfBoundsException(
            "row number %d at position %d is out of range for table %s".formatted(row, t, table));
      }
    }
    return numbers;
  }
}
