package dev.sifter.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Flat loops over the columns of a convolution; taps lie one after the other, a row each. */
final class ConvolutionLoops {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private ConvolutionLoops() {}

  /**
   * out (+)= Σ_b taps[b] · x[b rows further], for b &lt; reach.
   *
   * @param xRow byte offset of x's row at b = 0
   * @param rowBytes from there to the row at b = 1; negative for rows before
   * @param outRow byte offset of the row that is written
   */
  static void filter(
      MemorySegment x,
      long xRow,
      long rowBytes,
      float[] taps,
      int reach,
      int width,
      boolean accumulate,
      MemorySegment out,
      long outRow) {
    int bound = S.loopBound(width);
    for (int i = 0; i < bound; i += LANES) {
      long at = 4L * i;
      FloatVector sum =
          accumulate
              ? FloatVector.fromMemorySegment(S, out, outRow + at, ORDER)
              : FloatVector.zero(S);
      for (int b = 0; b < reach; b++) {
        sum =
            FloatVector.fromMemorySegment(S, x, xRow + b * rowBytes + at, ORDER)
                .fma(FloatVector.fromArray(S, taps, b * width + i), sum);
      }
      sum.intoMemorySegment(out, outRow + at, ORDER);
    }
    for (int i = bound; i < width; i++) {
      long at = 4L * i;
      float sum = accumulate ? out.get(FLOAT, outRow + at) : 0;
      for (int b = 0; b < reach; b++) {
        sum = Math.fma(x.get(FLOAT, xRow + b * rowBytes + at), taps[b * width + i], sum);
      }
      out.set(FLOAT, outRow + at, sum);
    }
  }

  /**
   * sums[at + b · width + i] += dy[b rows further][i] · x[i], for b &lt; reach.
   *
   * @param dyRow byte offset of dy's row at b = 0
   * @param xRow byte offset of x's row
   */
  static void addProducts(
      MemorySegment dy,
      long dyRow,
      MemorySegment x,
      long xRow,
      int reach,
      int width,
      float[] sums,
      int at) {
    int bound = S.loopBound(width);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector value = FloatVector.fromMemorySegment(S, x, xRow + 4L * i, ORDER);
      for (int b = 0; b < reach; b++) {
        int place = at + b * width + i;
        FloatVector.fromMemorySegment(S, dy, dyRow + 4L * ((long) b * width + i), ORDER)
            .fma(value, FloatVector.fromArray(S, sums, place))
            .intoArray(sums, place);
      }
    }
    for (int i = bound; i < width; i++) {
      float value = x.get(FLOAT, xRow + 4L * i);
      for (int b = 0; b < reach; b++) {
        float gradient = dy.get(FLOAT, dyRow + 4L * ((long) b * width + i));
        sums[at + b * width + i] = Math.fma(gradient, value, sums[at + b * width + i]);
      }
    }
  }
}
