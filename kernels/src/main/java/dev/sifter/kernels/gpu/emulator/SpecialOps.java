package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;

/**
 * The approximate functions. A device errs by up to a few ulp; here the result is what is nearest
 * to the exact one, computed in double precision with the same operations everywhere.
 *
 * <p>With {@code .ftz}, subnormal inputs and results are zeros of the same sign.
 */
final class SpecialOps {
  private static final double LN2 = 0.69314718055994530942;
  private static final double SQRT2 = 1.41421356237309504880;

  /** Beyond, 2ˣ is zero or infinite as a float. */
  private static final double EXP2_LIMIT = 200;

  /** ln(2)ᵏ/k!, so that 2ˣ = Σ cₖxᵏ; 15 terms leave less than 1e-17 for |x| ≤ ½. */
  private static final double[] EXP2 = new double[15];

  static {
    EXP2[0] = 1;
    for (int k = 1; k < EXP2.length; k++) {
      EXP2[k] = EXP2[k - 1] * LN2 / k;
    }
  }

  private SpecialOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    String mnemonic = op.mnemonic();
    boolean flush = mnemonic.contains(".ftz");
    return switch (mnemonic.replace(".ftz", "")) {
      case "ex2.approx.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = result(exp2(argument(a[i], flush)), flush);
              }
            }
          };
      case "lg2.approx.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = result(log2(argument(a[i], flush)), flush);
              }
            }
          };
      case "rcp.approx.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = result(1 / argument(a[i], flush), flush);
              }
            }
          };
      case "rsqrt.approx.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = result(1 / Math.sqrt(argument(a[i], flush)), flush);
              }
            }
          };
      case "sqrt.approx.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = result(Math.sqrt(argument(a[i], flush)), flush);
              }
            }
          };
      default -> null;
    };
  }

  private static double argument(int bits, boolean flush) {
    return Float.intBitsToFloat(flush ? flushed(bits) : bits);
  }

  private static int result(double value, boolean flush) {
    int bits = FloatOps.bits((float) value);
    return flush ? flushed(bits) : bits;
  }

  private static int flushed(int bits) {
    return (bits & 0x7f800000) == 0 ? bits & Integer.MIN_VALUE : bits;
  }

  /** 2ˣ = 2ⁿ·2ᶠ with n the nearest integer. */
  static double exp2(double x) {
    if (x != x) {
      return x;
    }
    double clamped = Math.clamp(x, -EXP2_LIMIT, EXP2_LIMIT);
    double n = Math.rint(clamped);
    double f = clamped - n;
    double sum = EXP2[EXP2.length - 1];
    for (int k = EXP2.length - 2; k >= 0; k--) {
      sum = sum * f + EXP2[k];
    }
    return sum * Double.longBitsToDouble((long) n + 1023 << 52);
  }

  /** log₂(m·2ᵉ) = e + 2/ln2·artanh((m−1)/(m+1)) with m in [√½, √2]. */
  static double log2(double x) {
    if (!(x > 0) || x == Double.POSITIVE_INFINITY) {
      return x == 0 ? Double.NEGATIVE_INFINITY : x < 0 ? Double.NaN : x;
    }
    int exponent = Math.getExponent(x);
    double m = x * Double.longBitsToDouble(1023L - exponent << 52);
    if (m > SQRT2) {
      m *= 0.5;
      exponent++;
    }
    double s = (m - 1) / (m + 1);
    double square = s * s;
    double sum = 0;
    for (int k = 23; k >= 1; k -= 2) {
      sum = sum * square + 1.0 / k;
    }
    return exponent + 2 / LN2 * s * sum;
  }
}
