package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sums over the rows of a matrix, for each column, made by kernels whose threads hold a row: each
 * warp (of wide rows, each block) sums up the rows that it meets, a block adds its warps' sums in
 * shared memory, and {@link ColumnSum} the blocks'.
 *
 * <pre>
 * smem[warp][j] = part[j];  sync                              // where a row has a warp
 * partial[blockIdx.x][j] = smem[0][j] + smem[1][j] + ...
 * </pre>
 *
 * @param matrixRows rows that are summed
 * @param width columns
 * @param scratch fp32, room for the partial sums and for {@link ColumnSum}
 */
record PartialRows(int matrixRows, int width, Array scratch) {
  /** Numbers of an access. */
  private static final int ACCESS = 4;

  /** Blocks at most: not quite three, of 12 or of 24 warps, for each multiprocessor of an H200. */
  private static final int MAX = 384;

  /** How many partial sums a matrix has: one a block. */
  static int count(int rows, int width) {
    return Math.min(MAX, Math.ceilDiv(rows, new RowBlocks(width, 1).rowsPerBlock()));
  }

  private int count() {
    return count(matrixRows, width);
  }

  /** Where they go. */
  Array rows() {
    long bytes = (long) count() * width * Float.BYTES;
    scratch.require("scratch", (long) count() * width);
    return scratch.part(0, bytes);
  }

  /** As many blocks as make that many. */
  Grid grid() {
    return Grid.of(count());
  }

  /** Adds them to {@code sum}. */
  List<Launch> sumInto(Array sum) {
    int partials = count();
    long used = (long) partials * width * Float.BYTES;
    Array rest = scratch.part(used, scratch.slice().byteSize() - used);
    return ColumnSum.launches(rows(), partials, width, true, sum, rest);
  }

  /** Variables for the sums of a vector of columns. */
  static List<F32> zeros(PtxAssembler k, int vector) {
    return IntStream.range(0, vector).mapToObj(i -> k.variable(0f)).toList();
  }

  /** Stores a block's sums into its row. */
  static void store(
      PtxAssembler k,
      RowBlocks shape,
      List<Pred> inside,
      ElementPointer partial,
      List<List<F32>> sums) {
    ElementPointer row = k.at(partial, k.blockX(), shape.width());
    if (shape.warpPerRow()) {
      storeOverWarps(k, shape, inside, row, sums);
    } else {
      shape.forEach(k, row, (j, to) -> k.storeIf(inside.get(j), to, sums.get(j)));
    }
  }

  private static void storeOverWarps(
      PtxAssembler k,
      RowBlocks shape,
      List<Pred> inside,
      ElementPointer row,
      List<List<F32>> sums) {
    int width = shape.width();
    int rowBytes = width * Float.BYTES;
    int vector = Math.min(shape.vector(), ACCESS);
    SharedPointer tile = k.shared(shape.rowsPerBlock() * rowBytes);
    SharedPointer mine =
        k.at(k.at(tile, k.warpIndex(), rowBytes), k.laneIndex(), shape.vector() * Float.BYTES);
    for (int j = 0; j < sums.size(); j++) {
      SharedPointer to = mine.plus((long) j * shape.step() * Float.BYTES);
      List<F32> some = sums.get(j);
      Runnable store =
          () -> {
            for (int i = 0; i < some.size(); i += vector) {
              k.store(to.plus((long) i * Float.BYTES), some.subList(i, i + vector));
            }
          };
      if (inside.get(j) == null) {
        store.run();
      } else {
        k.ifThen(inside.get(j), store);
      }
    }
    k.barrier();
    k.forRange(
        k.threadIndex(),
        k.constant(width / vector),
        shape.threadsPerBlock(),
        column -> {
          SharedPointer from = k.at(tile, column, vector * Float.BYTES);
          List<F32> total = k.loadFloats(from, vector);
          for (int warp = 1; warp < shape.rowsPerBlock(); warp++) {
            List<F32> next = k.loadFloats(from.plus((long) warp * rowBytes), vector);
            total = Vectors.zip(total, next, k::add);
          }
          k.store(k.at(row, column, vector), total);
        });
  }
}
