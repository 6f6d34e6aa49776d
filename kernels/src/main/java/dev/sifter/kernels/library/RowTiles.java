package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The frame of kernels over matrices of the same shape, whose rows may be apart: a block covers 8
 * rows and 32 vectors of columns, a thread has one vector.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane
 * if (row &lt; rows &amp;&amp; c &lt; columns)  body(row, elements c*V … c*V + V-1)
 * </pre>
 */
interface RowTiles extends Kernel {
  /** Rows of a block. */
  int ROWS = 8;

  @Override
  default int threadsPerBlock() {
    return ROWS * PtxAssembler.WARP;
  }

  /**
   * The elements that a thread works on.
   *
   * @param k the assembler
   * @param rows of the matrix
   * @param row which row
   * @param column which vector of the row
   * @param vector elements of a vector
   */
  record Place(PtxAssembler k, B32 rows, B32 row, B32 column, int vector) {
    /** The elements of this place in a matrix. */
    ElementPointer of(ElementPointer matrix, B32 stride) {
      return inRow(matrix, row, stride);
    }

    /** The elements of this place's column in some row of a matrix. */
    ElementPointer inRow(ElementPointer matrix, B32 otherRow, B32 stride) {
      return k.at(k.atRow(matrix, otherRow, stride, vector), column, vector);
    }

    List<F32> load(ElementPointer matrix, B32 stride) {
      return k.load(of(matrix, stride), vector);
    }

    void store(ElementPointer matrix, B32 stride, List<F32> values) {
      k.store(of(matrix, stride), values);
    }
  }

  /** Declares the counts, after all other parameters, and emits {@code body}. */
  static void emit(PtxAssembler k, int vector, Consumer<Place> body) {
    B32 rows = k.size("rows");
    B32 columns = k.size("columns");
    B32 row = k.mad(k.blockX(), ROWS, k.warpIndex());
    B32 column = k.mad(k.blockY(), PtxAssembler.WARP, k.laneIndex());
    k.ifThen(
        k.and(k.lt(row, rows), k.lt(column, columns)),
        () -> body.accept(new Place(k, rows, row, column, vector)));
  }

  /** The launch for a matrix of this shape; the counts follow the given arguments. */
  static List<Launch> launches(
      Kernel kernel, int vector, int rows, int width, Object... arguments) {
    if (rows == 0 || width == 0) {
      return List.of();
    }
    int columns = width / vector;
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.add(rows);
    all.add(columns);
    Grid grid = Grid.of(Math.ceilDiv(rows, ROWS), Math.ceilDiv(columns, PtxAssembler.WARP));
    return List.of(new Launch(kernel, grid, all));
  }
}
