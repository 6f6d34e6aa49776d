package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  /** Depths whose pieces of rows are brought into the first-level cache at a time. */
  private static final int TOUCHED_DEPTH = 64;

  private static final int LINE_BYTES = 64;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = MicroKernel.LANES;

  /** The shortest vector that holds the rows of a tile, eight or six, if any does. */
  private static final VectorSpecies<Float> PIECE =
      VectorSpecies.of(float.class, VectorShape.forBitSize(32 * Math.min(LANES, 8)));

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
    boolean vectors = width <= PIECE.length() || width % LANES == 0;
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
   * Copies whole panels of an fp32 tensor whose lanes are contiguous, two narrow panels or all wide
   * ones at a time: dealing each row out to all panels would write to places a power of two apart,
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
    if (width > PIECE.length()) {
      copyWide(memory, offset, stride, lanes, width, depth, packed, at, panelStride);
      return;
    }
    int to = at;
    for (int l = 0; l < lanes; l += 2 * width) {
      long start = offset + 4L * l;
      if (l + width < lanes) {
        copyTwo(memory, start, stride, width, depth, packed, to, to + panelStride);
      } else {
        copyOne(memory, start, stride, width, depth, packed, to);
      }
      to += 2 * panelStride;
    }
  }

  /**
   * Depths of a narrow panel that a vector each can copy. What a vector is longer than the panel is
   * wide comes from the next row and goes where the next depth will overwrite it; the last has
   * none.
   */
  private static int vectorDepths(int width, int depth) {
    return width < PIECE.length() ? Math.max(0, depth - 1) : depth;
  }

  private static void copyTwo(
      MemorySegment memory,
      long offset,
      long stride,
      int width,
      int depth,
      float[] to,
      int at,
      int second) {
    int vectors = vectorDepths(width, depth);
    for (int k = 0; k < vectors; k++) {
      long from = offset + k * stride;
      FloatVector.fromMemorySegment(PIECE, memory, from, ORDER).intoArray(to, at + k * width);
      FloatVector.fromMemorySegment(PIECE, memory, from + 4L * width, ORDER)
          .intoArray(to, second + k * width);
    }
    for (int k = vectors; k < depth; k++) {
      long from = offset + k * stride;
      MemorySegment.copy(memory, FLOAT, from, to, at + k * width, width);
      MemorySegment.copy(memory, FLOAT, from + 4L * width, to, second + k * width, width);
    }
  }

  private static void copyOne(
      MemorySegment memory, long offset, long stride, int width, int depth, float[] to, int at) {
    int vectors = vectorDepths(width, depth);
    for (int k = 0; k < vectors; k++) {
      FloatVector.fromMemorySegment(PIECE, memory, offset + k * stride, ORDER)
          .intoArray(to, at + k * width);
    }
    for (int k = vectors; k < depth; k++) {
      MemorySegment.copy(memory, FLOAT, offset + k * stride, to, at + k * width, width);
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
      if (k % TOUCHED_DEPTH == 0) {
        int rows = Math.min(TOUCHED_DEPTH, depth - k);
        // Overwritten at once: stored only because the compiler drops loads that nobody uses.
        to[panel] = Float.intBitsToFloat(touch(memory, from, stride, rows, 4 * lanes));
      }
      for (int l = 0; l < lanes; l += width) {
        // At most three vectors, written out: a loop over them would take longer than they do.
        long piece = from + 4L * l;
        copyVector(memory, piece, to, panel);
        if (width > LANES) {
          copyVector(memory, piece + 4L * LANES, to, panel + LANES);
        }
        if (width > 2 * LANES) {
          copyVector(memory, piece + 8L * LANES, to, panel + 2 * LANES);
        }
        panel += panelStride;
      }
    }
  }

  private static void copyVector(MemorySegment memory, long offset, float[] to, int at) {
    FloatVector.fromMemorySegment(WIDE, memory, offset, ORDER).intoArray(to, at);
  }

  /**
   * Reads a word of every cache line of short pieces of rows. A processor has many such reads under
   * way at a time, but only those of the next few rows that are copied.
   */
  private static int touch(MemorySegment memory, long offset, long stride, int rows, int bytes) {
    int sum = 0;
    for (int row = 0; row < rows; row++) {
      long from = offset + row * stride;
      for (int line = 0; line < bytes; line += LINE_BYTES) {
        sum += memory.get(ValueLayout.JAVA_INT_UNALIGNED, from + line);
      }
    }
    return sum;
  }

  /** Deals a row out to panels, {@code width} elements each. */
  private static void deal(
      float[] row, int count, int width, float[] packed, int at, int panelStride) {
    boolean vectors = width % PIECE.length() == 0;
    int to = at;
    for (int l = 0; l < count; l += width) {
      if (vectors) {
        for (int i = 0; i < width; i += PIECE.length()) {
          FloatVector.fromArray(PIECE, row, l + i).intoArray(packed, to + i);
        }
      } else {
        System.arraycopy(row, l, packed, to, width);
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
    // Six rows are turned with two more, whatever these hold.
    float[] rows = scratch.floats(STAGE_SLOT, (long) LANES * STAGED_DEPTH);
    for (int first = 0; first < width; first += LANES) {
      int group = Math.min(LANES, width - first);
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
