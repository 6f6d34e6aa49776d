package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over tiles of scores [keys, queries]: a row per key, a column (a vector lane) per query, so
 * that maxima and sums over keys are plain vector operations.
 */
final class AttentionLoops {
  /** Keys of a tile: with 48 queries their scores take 18 KB of the first-level cache. */
  static final int KEY_TILE = 96;

  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private AttentionLoops() {}

  /** Distance of a head's rows in an array: whole vectors, filled up with zeros. */
  static int stride(int dim) {
    return Math.ceilDiv(dim, LANES) * LANES;
  }

  /** Reads a row of one head, {@code dim} elements, and fills it up with zeros. */
  static void loadRow(MemorySegment source, long element, int dim, float[] to, int at) {
    Numbers.loadF32(source, element, to, at, dim);
    Arrays.fill(to, at + dim, at + stride(dim), 0);
  }

  /** Reads {@code rows} rows of one head. */
  static void loadHead(
      MemorySegment source, long firstRow, int rows, int width, int column, int dim, float[] to) {
    for (int r = 0; r < rows; r++) {
      loadRow(source, (firstRow + r) * width + column, dim, to, r * stride(dim));
    }
  }

  /**
   * scores = a·b for {@code keys} rows of a [keys, dim] and b [dim, width]; rows up to the end of
   * the last tile become 0.
   */
  static void scores(float[] a, int aAt, int keys, float[] b, int width, int dim, float[] scores) {
    int stride = stride(dim);
    for (int key = 0; key < keys; key += MicroKernel.ROWS) {
      MicroKernel.rows(
          a,
          aAt + key * stride,
          stride,
          b,
          0,
          width,
          width,
          dim,
          scores,
          key * width,
          width,
          false);
    }
    Arrays.fill(scores, keys * width, (keys + MicroKernel.ROWS) * width, 0);
  }

  /** sums [rows, dim] += weights [rows, width]·b [depth, dim] with depth ≤ width. */
  static void addWeighted(
      float[] weights, int rows, int width, int depth, float[] b, int dim, float[] sums, int at) {
    int stride = stride(dim);
    // Tiles of equal width: a narrow one at the end would read more numbers for each product.
    int most = MicroKernel.tileWidth(Math.ceilDiv(dim, Math.ceilDiv(dim, MicroKernel.COLUMNS)));
    for (int column = 0; column < dim; column += most) {
      int tile = Math.min(most, MicroKernel.tileWidth(dim - column));
      for (int row = 0; row < rows; row += MicroKernel.ROWS) {
        MicroKernel.rows(
            weights,
            row * width,
            width,
            b,
            column,
            stride,
            tile,
            depth,
            sums,
            at + row * stride + column,
            stride,
            true);
      }
    }
  }

  /** sums [dim, width] += aᵀ·weights for a [keys, dim] and weights [keys, width]. */
  static void addTransposed(
      float[] a, int aAt, int keys, int dim, float[] weights, int width, float[] sums) {
    for (int d = 0; d < dim; d += MicroKernel.ROWS) {
      MicroKernel.columns(
          a, aAt + d, stride(dim), weights, 0, width, width, keys, sums, d * width, width, true);
    }
  }

  /** Whether a query at position p can see key k. */
  private static boolean sees(AttentionSpec spec, int position, int key) {
    return key <= position && (spec.slidingWindow() == 0 || key > position - spec.slidingWindow());
  }

  /**
   * Scores of keys that a query cannot see become −∞; most tiles have none and are left.
   *
   * @param columns number of columns, of which {@code heads} next to each other are one query's
   */
  static void mask(
      AttentionSpec spec,
      int firstPosition,
      int columns,
      int heads,
      int firstKey,
      int keys,
      float[] scores,
      int width) {
    int lastPosition = firstPosition + (columns - 1) / heads;
    if (sees(spec, firstPosition, firstKey + keys - 1) && sees(spec, lastPosition, firstKey)) {
      return;
    }
    for (int key = 0; key < keys; key++) {
      int row = key * width;
      long later = (long) firstKey + key - firstPosition;
      int hidden = Math.clamp(later * heads, 0, columns);
      Arrays.fill(scores, row, row + hidden, Float.NEGATIVE_INFINITY);
      if (spec.slidingWindow() > 0) {
        int seen = Math.clamp((later + spec.slidingWindow()) * heads, 0, columns);
        Arrays.fill(scores, row + seen, row + columns, Float.NEGATIVE_INFINITY);
      }
    }
  }

  /** most[q] = max(most[q], scores of all keys); a NaN stays. */
  static void max(float[] scores, int keys, int width, float[] most) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector max = FloatVector.fromArray(S, most, q);
      for (int key = 0; key < keys; key++) {
        max = max.max(FloatVector.fromArray(S, scores, key * width + q));
      }
      max.intoArray(most, q);
    }
  }

  /** scores −= shift[q]. */
  static void subtract(float[] scores, int keys, int width, float[] shift) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector shifts = FloatVector.fromArray(S, shift, q);
      for (int key = 0; key < keys; key++) {
        int at = key * width + q;
        FloatVector.fromArray(S, scores, at).sub(shifts).intoArray(scores, at);
      }
    }
  }

  /** sums[q] = sums[q] · factor[q] + Σ over keys. */
  static void sum(float[] scores, int keys, int width, float[] factor, float[] sums) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector sum = FloatVector.zero(S);
      for (int key = 0; key < keys; key++) {
        sum = sum.add(FloatVector.fromArray(S, scores, key * width + q));
      }
      FloatVector.fromArray(S, sums, q)
          .fma(FloatVector.fromArray(S, factor, q), sum)
          .intoArray(sums, q);
    }
  }

  /** x[row][q] *= factor[q]. */
  static void rescale(float[] x, int rows, int width, float[] factor) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector factors = FloatVector.fromArray(S, factor, q);
      for (int row = 0; row < rows; row++) {
        int at = row * width + q;
        FloatVector.fromArray(S, x, at).mul(factors).intoArray(x, at);
      }
    }
  }

  /** x[q] = 1 / x[q]. */
  static void invert(float[] x, int width) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector.broadcast(S, 1).div(FloatVector.fromArray(S, x, q)).intoArray(x, q);
    }
  }

  /** dP = P · (dP − D[q]): the gradient of the scores. */
  static void softmaxGradient(float[] p, float[] dP, int keys, int width, float[] d) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector shifts = FloatVector.fromArray(S, d, q);
      for (int key = 0; key < keys; key++) {
        int at = key * width + q;
        FloatVector.fromArray(S, dP, at)
            .sub(shifts)
            .mul(FloatVector.fromArray(S, p, at))
            .intoArray(dP, at);
      }
    }
  }

  /** scores = softcap · tanh(scores / softcap). */
  static void softcap(float[] scores, int count, float softcap) {
    VectorMath.tanh(scores, count, 1 / softcap);
    for (int i = 0; i < count; i += LANES) {
      FloatVector.fromArray(S, scores, i).mul(softcap).intoArray(scores, i);
    }
  }

  /** sum[i] += x[at + i]. */
  static void add(float[] x, int at, float[] sum, int count) {
    int bound = S.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(S, x, at + i).add(FloatVector.fromArray(S, sum, i)).intoArray(sum, i);
    }
    for (int i = bound; i < count; i++) {
      sum[i] += x[at + i];
    }
  }

  /** x *= factor over whole vectors. */
  static void scale(float[] x, int count, float factor) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector.fromArray(S, x, i).mul(factor).intoArray(x, i);
    }
  }

  /** One number of a tensor [rows, heads]. */
  static float perHead(MemorySegment x, long row, int heads, int head) {
    return x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (row * heads + head));
  }

  /** First key that any query from this position on may see. */
  static int firstKey(AttentionSpec spec, int firstPosition) {
    return spec.slidingWindow() == 0 ? 0 : Math.max(0, firstPosition - spec.slidingWindow() + 1);
  }

  /** shift = most, or 0 where no key was seen yet, so that −∞ less the shift stays −∞. */
  static void finiteShift(float[] most, int width, float[] shift) {
    for (int q = 0; q < width; q += LANES) {
      FloatVector v = FloatVector.fromArray(S, most, q);
      v.blend(0f, v.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY)).intoArray(shift, q);
    }
  }
}
