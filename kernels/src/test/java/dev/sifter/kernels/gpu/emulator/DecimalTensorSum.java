package dev.sifter.kernels.gpu.emulator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** The sum of a tensor core by its published rule, in decimal arithmetic. */
final class DecimalTensorSum {
  private DecimalTensorSum() {}

  /** Products and an addend: aligned, cut off, added so many at once, and cut off. */
  static float of(int fraction, int atOnce, float[] a, float[] b, float c) {
    float sum = c;
    for (int k = 0; k < a.length; k += atOnce) {
      int largest = sum == 0 ? -126 : Math.max(Math.getExponent(sum), -126);
      for (int i = k; i < k + atOnce; i++) {
        if (a[i] * b[i] != 0) {
          largest = Math.max(largest, Math.getExponent(a[i]) + Math.getExponent(b[i]));
        }
      }
      BigDecimal unit = power(largest - fraction);
      BigInteger total = units(new BigDecimal(sum), unit);
      for (int i = k; i < k + atOnce; i++) {
        total = total.add(units(new BigDecimal(a[i]).multiply(new BigDecimal(b[i])), unit));
      }
      sum = cut(new BigDecimal(total).multiply(unit));
    }
    return sum;
  }

  private static BigDecimal power(int exponent) {
    BigDecimal two = BigDecimal.valueOf(2);
    return exponent >= 0
        ? two.pow(exponent)
        : BigDecimal.ONE.divide(two.pow(-exponent), MathContext.UNLIMITED);
  }

  private static BigInteger units(BigDecimal value, BigDecimal unit) {
    return value.divide(unit, 0, RoundingMode.DOWN).toBigInteger();
  }

  private static float cut(BigDecimal value) {
    float nearest = value.floatValue();
    boolean tooFar = new BigDecimal(nearest).abs().compareTo(value.abs()) > 0;
    return tooFar ? (nearest > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest)) : nearest;
  }
}
