package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies parts of a factor into panels, the layout in which the micro-kernel reads memory straight
 * on: element (lane l, depth k) of a panel lies at k·width + l. Types are widened to fp32 on the
 * way; missing lanes of the last panel are zeros.
 */
final class Packing {
  private static final int STAGE_SLOT = 7;

  /**
   * Most depths that are staged at a time: pieces of 3 KiB come from memory as whole rows do, those
   * of one at half the rate.
   */
  private static final int STAGED_DEPTH = 768;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> PIECE =
      VectorSpecies.of(
          float.class, VectorShape.forBitSize(32 * Math.min(MicroKernel.LANES, MicroKernel.ROWS)));

  private Packing() {}

  /**
   * Packs consecutive panels of equal width.
   *
   * @param lane first lane
   * @param lanes lanes that exist
   * @param width lanes of a panel
   * @param from first depth
   * @param depth number of depths
   * @param panelStride floats from a panel to the next
   */
  static void panels(
      Operand operand,
      int lane,
      int lanes,
      int width,
      int from,
      int depth,
      float[] packed,
      int at,
      int panelStride,
      Scratch scratch) {
    if (operand.depthContiguous()) {
      int to = at;
      for (int l = 0; l < lanes; l += width) {
        int present = Math.min(width, lanes - l);
        turn(operand, lane + l, present, width, from, depth, packed, to, scratch);
        to += panelStride;
      }
      return;
    }
    boolean vectors = width == PIECE.length() || width % WIDE.length() == 0;
    if (operand.dtype() == DType.F32 && lanes % width == 0 && vectors) {
      copyF32(operand, lane, lanes, width, from, depth, packed, at, panelStride);
      return;
    }
    int padded = Math.ceilDiv(lanes, width) * width;
    float[] row = scratch.floats(STAGE_SLOT, padded);
    Arrays.fill(row, lanes, padded, 0);
    for (int k = 0; k < depth; k++) {
      long element = (long) (from + k) * operand.lanes() + lane;
      Numbers.load(operand.dtype(), operand.memory(), element, row, 0, lanes);
      deal(row, padded, width, packed, at + k * width, panelStride);
    }
  }

  /**
   * Copies whole panels of an fp32 tensor whose lanes are contiguous, two narrow panels or one wide
   * one at a time: dealing each row out to all panels would write to places a power of two apart,
   * which evict each other from the cache.
   */
  private static void copyF32(
      Operand operand,
      int lane,
      int lanes,
      int width,
      int from,
      int depth,
      float[] packed,
      int at,
      int panelStride) {
    MemorySegment memory = operand.memory();
    long offset = 4 * ((long) from * operand.lanes() + lane);
    long stride = 4L * operand.lanes();
    int to = at;
    if (width == PIECE.length()) {
      int l = 0;
      for (; l + 2 * width <= lanes; l += 2 * width) {
        copyTwo(memory, offset + 4L * l, stride, depth, packed, to, to + panelStride);
        to += 2 * panelStride;
      }
      if (l < lanes) {
        copyOne(memory, offset + 4L * l, stride, depth, packed, to);
      }
    } else {
      copyWide(memory, offset, stride, lanes, width, depth, packed, to, panelStride);
    }
  }

  private static void copyTwo(
      MemorySegment memory, long offset, long stride, int depth, float[] to, int at, int second) {
    int width = PIECE.length();
    for (int k = 0; k < depth; k++) {
      long from = offset + k * stride;
      FloatVector.fromMemorySegment(PIECE, memory, from, ORDER).intoArray(to, at + k * width);
      FloatVector.fromMemorySegment(PIECE, memory, from + 4L * width, ORDER)
          .intoArray(to, second + k * width);
    }
  }

  private static void copyOne(
      MemorySegment memory, long offset, long stride, int depth, float[] to, int at) {
    int width = PIECE.length();
    for (int k = 0; k < depth; k++) {
      FloatVector.fromMemorySegment(PIECE, memory, offset + k * stride, ORDER)
          .intoArray(to, at + k * width);
    }
  }

  /** All panels at a time: the longer its pieces of rows, the faster they come from memory. */
  private static void copyWide(
      MemorySegment memory,
      long offset,
      long stride,
      int lanes,
      int width,
      int depth,
      float[] to,
      int at,
      int panelStride) {
    for (int k = 0; k < depth; k++) {
      long from = offset + k * stride;
      int panel = at + k * width;
      for (int l = 0; l < lanes; l += width) {
        for (int i = 0; i < width; i += WIDE.length()) {
          FloatVector.fromMemorySegment(WIDE, memory, from + 4L * (l + i), ORDER)
              .intoArray(to, panel + i);
        }
        panel += panelStride;
      }
    }
  }

  /** Deals a row out to panels, {@code width} elements each. */
  private static void deal(
      float[] row, int count, int width, float[] packed, int at, int panelStride) {
    int to = at;
    for (int l = 0; l < count; l += width) {
      for (int i = 0; i < width; i += PIECE.length()) {
        FloatVector.fromArray(PIECE, row, l + i).intoArray(packed, to + i);
      }
      to += panelStride;
    }
  }

  /** Packs one panel of a factor whose depths are contiguous, a group of rows at a time. */
  private static void turn(
      Operand operand,
      int lane,
      int lanes,
      int width,
      int from,
      int depth,
      float[] packed,
      int at,
      Scratch scratch) {
    // Panels are as wide as a tile is high, or whole vectors: either way groups divide them.
    int group = Math.min(width, MicroKernel.LANES);
    float[] rows = scratch.floats(STAGE_SLOT, (long) group * STAGED_DEPTH);
    for (int first = 0; first < width; first += group) {
      int present = Math.clamp(lanes - first, 0, group);
      for (int k = 0; k < depth; k += STAGED_DEPTH) {
        int piece = Math.min(STAGED_DEPTH, depth - k);
        load(operand.dtype(), operand, lane + first, present, from + k, piece, rows);
        Arrays.fill(rows, present * piece, group * piece, 0);
        Transpose.interleave(rows, 0, piece, group, piece, packed, at + k * width + first, width);
      }
    }
  }

  private static void load(
      DType dtype, Operand operand, int lane, int lanes, int from, int depth, float[] rows) {
    for (int l = 0; l < lanes; l++) {
      long element = (long) (lane + l) * operand.depth() + from;
      Numbers.load(dtype, operand.memory(), element, rows, l * depth, depth);
    }
  }
}
