package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.TensorOps.COLUMNS;
import static dev.sifter.kernels.gpu.emulator.TensorOps.ROWS;

import java.util.Arrays;

/**
 * The arithmetic of a tensor core on tiles of 16×8 sums. One object serves a block's warps in turn.
 *
 * <p>The exact way, as on a device: with e the largest exponent among the addend and the products
 * (that of a product being the sum of its factors' exponents), every term is cut off to a multiple
 * of 2^(e−F), the multiples are added as integers, and the sum is cut off to 24 significant bits.
 *
 * <p>All 128 sums are computed side by side: for each k, the factors are laid out so that those of
 * the i-th sum stand at i. The loops over i are plain, and compile to vector instructions.
 */
final class MatrixProduct {
  private static final int DEPTH = 16;
  private static final int SUMS = ROWS * COLUMNS;

  private static final int FLOAT_BITS = 23;
  private static final int LEAST_EXPONENT = -126;
  private static final int INFINITY = 0x7f800000;

  /** Less than any exponent: a zero does not count. */
  private static final int NO_EXPONENT = -10_000;

  /** A, by columns. */
  final float[] a = new float[ROWS * DEPTH];

  /** B, by rows. */
  final float[] b = new float[COLUMNS * DEPTH];

  /** C, by columns; afterwards D. */
  final float[] sums = new float[SUMS];

  private final TensorArithmetic arithmetic;
  private final double[][] left = new double[DEPTH][SUMS];
  private final double[][] right = new double[DEPTH][SUMS];
  private final int[][] leftExponents = new int[DEPTH][SUMS];
  private final int[][] rightExponents = new int[DEPTH][SUMS];
  private final int[] largest = new int[SUMS];
  private final double[] scales = new double[SUMS];
  private final int[] products = new int[SUMS];

  MatrixProduct(TensorArithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** Computes D. */
  void run(int depth, TensorInput input) {
    if (arithmetic == TensorArithmetic.FAST) {
      runFast(depth);
      return;
    }
    float largestLeft = largest(a, ROWS * depth);
    float largestRight = largest(b, COLUMNS * depth);
    boolean finite =
        Float.isFinite(largestLeft)
            && Float.isFinite(largestRight)
            && Float.isFinite(largest(sums, SUMS));
    if (finite && (largestLeft == 0 || largestRight == 0)) {
      addZeros();
      return;
    }
    spread(depth, input);
    float[] addends = finite ? sums : sums.clone();
    int atOnce = arithmetic.productsAtOnce() * input.perRegister() / 2;
    for (int k = 0; k < depth; k += atOnce) {
      add(k, Math.min(k + atOnce, depth));
    }
    if (!finite) {
      putSpecials(depth, addends);
    }
  }

  /** Four columns at a time, so that four sums grow side by side. */
  private void runFast(int depth) {
    for (int column = 0; column < COLUMNS; column += 4) {
      for (int row = 0; row < ROWS; row++) {
        int place = column * ROWS + row;
        float s0 = sums[place];
        float s1 = sums[place + ROWS];
        float s2 = sums[place + 2 * ROWS];
        float s3 = sums[place + 3 * ROWS];
        for (int k = 0; k < depth; k++) {
          float x = a[k * ROWS + row];
          int at = k * COLUMNS + column;
          s0 = Math.fma(x, b[at], s0);
          s1 = Math.fma(x, b[at + 1], s1);
          s2 = Math.fma(x, b[at + 2], s2);
          s3 = Math.fma(x, b[at + 3], s3);
        }
        sums[place] = s0;
        sums[place + ROWS] = s1;
        sums[place + 2 * ROWS] = s2;
        sums[place + 3 * ROWS] = s3;
      }
    }
  }

  /** The largest magnitude; no number if there is one that is none. */
  private static float largest(float[] numbers, int count) {
    float largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    return largest;
  }

  /** Padding, of which much is multiplied: sums stay as they are, but for the sign of a zero. */
  private void addZeros() {
    for (int i = 0; i < SUMS; i++) {
      sums[i] += 0f;
    }
  }

  /** Lays out the factors and their exponents. */
  private void spread(int depth, TensorInput input) {
    for (int k = 0; k < depth; k++) {
      for (int row = 0; row < ROWS; row++) {
        float x = a[k * ROWS + row];
        left[k][row] = x;
        leftExponents[k][row] = factorExponent(x, input);
      }
      for (int filled = ROWS; filled < SUMS; filled *= 2) {
        System.arraycopy(left[k], 0, left[k], filled, filled);
        System.arraycopy(leftExponents[k], 0, leftExponents[k], filled, filled);
      }
      for (int column = 0; column < COLUMNS; column++) {
        float y = b[k * COLUMNS + column];
        int place = column * ROWS;
        Arrays.fill(right[k], place, place + ROWS, y);
        Arrays.fill(rightExponents[k], place, place + ROWS, factorExponent(y, input));
      }
    }
  }

  private static int factorExponent(float x, TensorInput input) {
    int biased = Float.floatToRawIntBits(x) >>> FLOAT_BITS & 0xff;
    return x == 0 ? NO_EXPONENT : Math.max(biased - 127, input.leastExponent());
  }

  /** Adds the products from {@code begin} up to {@code end} in one step. */
  private void add(int begin, int end) {
    for (int i = 0; i < SUMS; i++) {
      int biased = Float.floatToRawIntBits(sums[i]) >>> FLOAT_BITS & 0xff;
      largest[i] = Math.max(biased - 127, LEAST_EXPONENT);
    }
    for (int k = begin; k < end; k++) {
      raise(largest, leftExponents[k], rightExponents[k]);
    }
    int bits = arithmetic.fractionBits();
    for (int i = 0; i < SUMS; i++) {
      scales[i] = Double.longBitsToDouble(1023L + bits - largest[i] << 52);
    }
    Arrays.fill(products, 0);
    for (int k = begin; k < end; k++) {
      accumulate(products, scales, left[k], right[k]);
    }
    for (int i = 0; i < SUMS; i++) {
      // A sum that the step before has made infinite stays so.
      if (Float.isFinite(sums[i])) {
        long addend = (long) (sums[i] * scales[i]);
        sums[i] = cutToFloat(products[i] + addend, largest[i] - bits);
      }
    }
  }

  private static void raise(int[] largest, int[] x, int[] y) {
    for (int i = 0; i < SUMS; i++) {
      largest[i] = Math.max(largest[i], x[i] + y[i]);
    }
  }

  /**
   * Adds products, each cut off. A product has 22 bits, so that nothing but the conversion rounds;
   * none is as large as 2^(F+2), so that sixteen of them fit an {@code int}.
   */
  private static void accumulate(int[] sums, double[] scales, double[] x, double[] y) {
    for (int i = 0; i < SUMS; i++) {
      sums[i] += (int) (x[i] * y[i] * scales[i]);
    }
  }

  /** Where a plain sum is infinite or no number, that is the result. */
  private void putSpecials(int depth, float[] addends) {
    for (int i = 0; i < SUMS; i++) {
      double plain = addends[i];
      for (int k = 0; k < depth; k++) {
        plain += (double) a[k * ROWS + i % ROWS] * b[k * COLUMNS + i / ROWS];
      }
      if (!Double.isFinite(plain)) {
        sums[i] = Float.intBitsToFloat(FloatOps.bits((float) plain));
      }
    }
  }

  /** sum·2^exponent, cut off towards zero to what a float can hold. */
  private static float cutToFloat(long sum, int exponent) {
    if (sum == 0) {
      return 0;
    }
    long magnitude = Math.abs(sum);
    int top = Long.SIZE - 1 - Long.numberOfLeadingZeros(magnitude) + exponent;
    int bits;
    if (top > Float.MAX_EXPONENT) {
      bits = INFINITY;
    } else if (top >= LEAST_EXPONENT) {
      // The significand's leading bit adds one to the exponent.
      int significand = (int) shifted(magnitude, exponent - top + FLOAT_BITS);
      bits = (top - LEAST_EXPONENT << FLOAT_BITS) + significand;
    } else {
      bits = (int) shifted(magnitude, exponent - LEAST_EXPONENT + FLOAT_BITS);
    }
    return Float.intBitsToFloat(sum < 0 ? bits | Integer.MIN_VALUE : bits);
  }

  private static long shifted(long magnitude, int left) {
    return left >= 0 ? magnitude << left : magnitude >>> Math.min(-left, Long.SIZE - 1);
  }
}
