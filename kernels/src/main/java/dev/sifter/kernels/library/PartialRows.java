package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sums over the rows of a matrix, for each column, made by kernels whose threads hold a row: each
 * warp (of wide rows, each block) sums up the rows that it meets, and {@link ColumnSum} adds these
 * partial sums.
 *
 * @param matrixRows rows that are summed
 * @param width columns
 * @param scratch fp32, room for the partial sums and for {@link ColumnSum}
 */
record PartialRows(int matrixRows, int width, Array scratch) {
  /** At least two blocks for each multiprocessor of the largest GPU, and a multiple of 8. */
  private static final int MAX = 512;

  private static final int WARPS_OF_NARROW = 4;

  /** How many partial sums a matrix of so many rows has. */
  static int count(int rows) {
    int rounded = Math.ceilDiv(rows, WARPS_OF_NARROW) * WARPS_OF_NARROW;
    return Math.min(MAX, rounded);
  }

  /** Where they go. */
  Array rows() {
    long bytes = (long) count(matrixRows) * width * Float.BYTES;
    scratch.require("scratch", (long) count(matrixRows) * width);
    return scratch.part(0, bytes);
  }

  /** As many blocks as make that many. */
  Grid grid(RowBlocks shape) {
    return Grid.of(count(matrixRows) / shape.rowsPerBlock());
  }

  /** Adds them to {@code sum}. */
  List<Launch> sumInto(Array sum) {
    int partials = count(matrixRows);
    long used = (long) partials * width * Float.BYTES;
    Array rest = scratch.part(used, scratch.slice().byteSize() - used);
    return ColumnSum.launches(rows(), partials, width, true, sum, rest);
  }

  /** Variables for the sums of a vector of columns. */
  static List<F32> zeros(PtxAssembler k, int vector) {
    return IntStream.range(0, vector).mapToObj(i -> k.variable(0f)).toList();
  }

  /** Stores a thread's sums into the row of its warp or block. */
  static void store(
      PtxAssembler k,
      RowBlocks shape,
      List<Pred> inside,
      ElementPointer partial,
      List<List<F32>> sums) {
    shape.forEach(
        k,
        k.at(partial, shape.row(k), shape.width()),
        (j, to) -> k.storeIf(inside.get(j), to, sums.get(j)));
  }
}
