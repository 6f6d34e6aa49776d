package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.TensorOps.COLUMNS;
import static dev.sifter.kernels.gpu.emulator.TensorOps.ROWS;

/**
 * The arithmetic of a tensor core on tiles of 16×8 sums. One object serves a block's warps in turn.
 *
 * <p>The exact way, as on a device: with e the largest exponent among the addend and the products
 * (that of a product being the sum of its factors' exponents), every term is cut off to a multiple
 * of 2^(e−F), the multiples are added as integers, and the sum is cut off to 24 significant bits.
 */
final class MatrixProduct {
  private static final int DEPTH = 16;

  /** Bits of fraction of a factor as an integer: enough for bf16, f16 and tf32. */
  private static final int FACTOR_BITS = 10;

  private static final int FLOAT_BITS = 23;
  private static final int LEAST_EXPONENT = -126;

  /** Less than any exponent: a zero does not count. */
  private static final int NO_EXPONENT = -100_000;

  /** A, by rows. */
  final float[] a = new float[ROWS * DEPTH];

  /** B, by columns. */
  final float[] b = new float[COLUMNS * DEPTH];

  /** C, by rows; afterwards D. */
  final float[] sums = new float[ROWS * COLUMNS];

  private final TensorArithmetic arithmetic;
  private final int[] aDigits = new int[a.length];
  private final int[] bDigits = new int[b.length];
  private final int[] aExponents = new int[a.length];
  private final int[] bExponents = new int[b.length];

  MatrixProduct(TensorArithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** Computes D. */
  void run(int depth, TensorInput input) {
    if (arithmetic == TensorArithmetic.FAST) {
      runFast(depth);
      return;
    }
    boolean finite = split(a, ROWS * depth, input, aDigits, aExponents);
    finite &= split(b, COLUMNS * depth, input, bDigits, bExponents);
    int atOnce = arithmetic.productsAtOnce() * input.perRegister() / 2;
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        int place = row * COLUMNS + column;
        float sum = sums[place];
        for (int k = 0; k < depth; k += atOnce) {
          int count = Math.min(atOnce, depth - k);
          sum = add(row * depth + k, column * depth + k, count, sum, finite);
        }
        sums[place] = sum;
      }
    }
  }

  /** Eight columns at a time, so that eight sums grow side by side. */
  private void runFast(int depth) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column += 4) {
        int place = row * COLUMNS + column;
        float s0 = sums[place];
        float s1 = sums[place + 1];
        float s2 = sums[place + 2];
        float s3 = sums[place + 3];
        int b0 = column * depth;
        for (int k = 0; k < depth; k++) {
          float x = a[row * depth + k];
          s0 = Math.fma(x, b[b0 + k], s0);
          s1 = Math.fma(x, b[b0 + depth + k], s1);
          s2 = Math.fma(x, b[b0 + 2 * depth + k], s2);
          s3 = Math.fma(x, b[b0 + 3 * depth + k], s3);
        }
        sums[place] = s0;
        sums[place + 1] = s1;
        sums[place + 2] = s2;
        sums[place + 3] = s3;
      }
    }
  }

  /** Splits numbers into signed digits and exponents; whether all are finite. */
  private static boolean split(
      float[] from, int count, TensorInput input, int[] digits, int[] exponents) {
    boolean finite = true;
    for (int i = 0; i < count; i++) {
      float x = from[i];
      if (x == 0) {
        digits[i] = 0;
        exponents[i] = NO_EXPONENT;
        continue;
      }
      int exponent = Math.max(Math.getExponent(x), input.leastExponent());
      finite &= exponent <= Float.MAX_EXPONENT;
      // Exact: scaled in two steps, so that neither factor leaves the range of a double.
      digits[i] = (int) Math.scalb((double) x, FACTOR_BITS - exponent);
      exponents[i] = exponent;
    }
    return finite;
  }

  private float add(int atA, int atB, int count, float addend, boolean finite) {
    if (!finite || !Float.isFinite(addend)) {
      double plain = addend;
      for (int k = 0; k < count; k++) {
        plain += (double) a[atA + k] * b[atB + k];
      }
      if (!Double.isFinite(plain)) {
        return Float.intBitsToFloat(FloatOps.bits((float) plain));
      }
    }
    int bits = arithmetic.fractionBits();
    int addendExponent = Math.max(Math.getExponent(addend), LEAST_EXPONENT);
    int largest = addendExponent;
    for (int k = 0; k < count; k++) {
      largest = Math.max(largest, aExponents[atA + k] + bExponents[atB + k]);
    }
    long addendDigits = digits(addend);
    long sum = cut(addendDigits, bits - FLOAT_BITS + addendExponent - largest);
    for (int k = 0; k < count; k++) {
      int exponent = aExponents[atA + k] + bExponents[atB + k];
      long product = (long) aDigits[atA + k] * bDigits[atB + k];
      sum += cut(product, bits - 2 * FACTOR_BITS + exponent - largest);
    }
    return cutToFloat(sum, largest - bits);
  }

  /** The significand with 23 bits of fraction, and its sign. */
  private static long digits(float value) {
    int bits = Float.floatToRawIntBits(value);
    int fraction = bits & 0x7fffff;
    int magnitude = (bits & 0x7f800000) == 0 ? fraction : fraction | 0x800000;
    return bits < 0 ? -magnitude : magnitude;
  }

  /** digits·2^shift, cut off towards zero. */
  private static long cut(long digits, int shift) {
    if (shift >= 0) {
      return digits << shift;
    }
    if (shift < -Integer.SIZE) {
      return 0;
    }
    return digits < 0 ? -(-digits >> -shift) : digits >> -shift;
  }

  /** sum·2^exponent, cut off towards zero to what a float can hold. */
  private static float cutToFloat(long sum, int exponent) {
    if (sum == 0) {
      return 0;
    }
    long magnitude = Math.abs(sum);
    int top = Long.SIZE - 1 - Long.numberOfLeadingZeros(magnitude);
    int last = Math.max(top + exponent, LEAST_EXPONENT) - FLOAT_BITS;
    int drop = last - exponent;
    if (drop > 0) {
      magnitude = drop >= Long.SIZE ? 0 : magnitude >> drop << drop;
    }
    float value = (float) Math.scalb((double) magnitude, exponent);
    return sum < 0 ? -value : value;
  }
}
