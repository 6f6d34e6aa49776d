package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Adds a tile of a product to C. */
final class TileStore {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private TileStore() {}

  /**
   * C = α·tile + β·C for {@code rows} by {@code columns} elements.
   *
   * @param width distance of rows in the tile
   * @param at first element of C
   * @param stride distance of rows in C
   */
  static void store(
      float[] tile,
      int width,
      int rows,
      int columns,
      float alpha,
      float beta,
      MemorySegment c,
      long at,
      int stride) {
    for (int row = 0; row < rows; row++) {
      long offset = 4 * (at + (long) row * stride);
      if (beta == 0) {
        write(tile, row * width, columns, alpha, c, offset);
      } else {
        add(tile, row * width, columns, alpha, beta, c, offset);
      }
    }
  }

  private static void write(
      float[] tile, int from, int columns, float alpha, MemorySegment c, long offset) {
    int bound = S.loopBound(columns);
    int j = 0;
    for (; j < bound; j += S.length()) {
      FloatVector.fromArray(S, tile, from + j)
          .mul(alpha)
          .intoMemorySegment(c, offset + 4L * j, ORDER);
    }
    for (; j < columns; j++) {
      c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * j, alpha * tile[from + j]);
    }
  }

  private static void add(
      float[] tile, int from, int columns, float alpha, float beta, MemorySegment c, long offset) {
    int bound = S.loopBound(columns);
    int j = 0;
    for (; j < bound; j += S.length()) {
      FloatVector old = FloatVector.fromMemorySegment(S, c, offset + 4L * j, ORDER).mul(beta);
      FloatVector.fromArray(S, tile, from + j)
          .fma(FloatVector.broadcast(S, alpha), old)
          .intoMemorySegment(c, offset + 4L * j, ORDER);
    }
    for (; j < columns; j++) {
      long place = offset + 4L * j;
      float old = beta * c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, place);
      c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, place, Math.fma(alpha, tile[from + j], old));
    }
  }
}
