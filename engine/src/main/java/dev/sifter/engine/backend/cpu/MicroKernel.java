package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loop of every matrix product: a tile of C, held in registers while it sums over the
 * depth.
 *
 * <p>With 32 vector registers a tile is 8 rows of up to 3 vectors: 24 accumulators are enough
 * independent multiply-adds to hide their latency, and need only 8 broadcasts and 3 loads a depth.
 * With 16 registers it is 6 rows of up to 2: 12 accumulators, and a register more than 4 rows of 3
 * would leave.
 *
 * <p>B is read a few vectors at a time, depth by depth. A is read number by number and broadcast,
 * so it may lie either way: with contiguous rows as a row-major matrix has them, or with contiguous
 * columns. Neither factor must be packed, only lie in an array.
 */
final class MicroKernel {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  /** Floats in a vector. */
  static final int LANES = S.length();

  /** Rows of a tile. */
  static final int ROWS = hasManyRegisters() ? 8 : 6;

  /** Most columns of a tile. */
  static final int COLUMNS = (hasManyRegisters() ? 3 : 2) * LANES;

  private MicroKernel() {}

  /**
   * AVX-512 and other architectures have 32 vector registers, x86 below has 16. The tests of other
   * processors' shapes set the property.
   */
  private static boolean hasManyRegisters() {
    boolean many =
        S.vectorBitSize() == 512 || !System.getProperty("os.arch").matches("amd64|x86_64|x86|i386");
    return Integer.getInteger("sifter.cpu.registers", many ? 32 : 16) == 32;
  }

  /** Columns that a tile takes for the next {@code columns} of a matrix: whole vectors. */
  static int tileWidth(int columns) {
    return Math.min(COLUMNS, (columns + LANES - 1) / LANES * LANES);
  }

  /**
   * c = a·b, or c += a·b if {@code add}, for {@link #ROWS} rows and {@code width} columns, all of
   * which are read and written.
   *
   * @param a rows aStride apart, depths next to each other
   * @param b depths bStride apart, columns next to each other
   * @param c rows cStride apart
   */
  static void rows(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int bStride,
      int width,
      int depth,
      float[] c,
      int cAt,
      int cStride,
      boolean add) {
    int vectors = width / LANES;
    if (ROWS == 8) {
      switch (vectors) {
        case 3 -> RowsKernel8.run3(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        case 2 -> RowsKernel8.run2(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        default -> RowsKernel8.run1(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
      }
    } else {
      switch (vectors) {
        case 2 -> RowsKernel6.run2(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        default -> RowsKernel6.run1(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
      }
    }
  }

  /** As {@link #rows}, for an A whose depths are aStride apart and rows next to each other. */
  static void columns(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int bStride,
      int width,
      int depth,
      float[] c,
      int cAt,
      int cStride,
      boolean add) {
    int vectors = width / LANES;
    if (ROWS == 8) {
      switch (vectors) {
        case 3 ->
            ColumnsKernel8.run3(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        case 2 ->
            ColumnsKernel8.run2(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        default ->
            ColumnsKernel8.run1(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
      }
    } else {
      switch (vectors) {
        case 2 ->
            ColumnsKernel6.run2(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
        default ->
            ColumnsKernel6.run1(a, aAt, aStride, b, bAt, bStride, depth, c, cAt, cStride, add);
      }
    }
  }

  /**
   * tile = a·b for {@link #ROWS} rows and {@code width} columns.
   *
   * @param a a panel: depths {@link #ROWS} apart, rows next to each other
   * @param b a panel: depths {@code width} apart, columns next to each other
   * @param tile rows {@code width} apart, from 0 on
   */
  static void panels(float[] a, int aAt, float[] b, int bAt, int width, int depth, float[] tile) {
    if (ROWS == 8) {
      columns(a, aAt, ROWS, b, bAt, width, width, depth, tile, 0, width, false);
    } else if (width == COLUMNS) {
      PanelKernel6.run2(a, aAt, b, bAt, depth, tile);
    } else {
      PanelKernel6.run1(a, aAt, b, bAt, depth, tile);
    }
  }
}
