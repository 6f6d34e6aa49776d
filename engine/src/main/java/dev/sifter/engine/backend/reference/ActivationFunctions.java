package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.ActivationKind;

/** The non-linearities and their derivatives, in double precision. */
final class ActivationFunctions {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double SQRT_2PI = Math.sqrt(2 * Math.PI);
  private static final double CUBIC = 0.044715;

  private ActivationFunctions() {}

  static double value(ActivationKind kind, double x) {
    return switch (kind) {
      case IDENTITY -> x;
      case SILU -> x * sigmoid(x);
      case GELU -> x * normalCdf(x);
      case GELU_TANH -> 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x)));
      case RELU -> Math.max(x, 0);
      case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
      case HARD_TANH -> Math.clamp(x, -1, 1);
    };
  }

  /** Of NaN the slope of ReLU is 1 and that of clamp 0, as torch has them. */
  static double derivative(ActivationKind kind, double x) {
    return switch (kind) {
      case IDENTITY -> 1;
      case SILU -> sigmoid(x) * (1 + x * (1 - sigmoid(x)));
      case GELU -> normalCdf(x) + x * Math.exp(-0.5 * x * x) / SQRT_2PI;
      case GELU_TANH -> geluTanhDerivative(x);
      case RELU -> x <= 0 ? 0 : 1;
      case RELU_SQUARED -> 2 * Math.max(x, 0);
      case HARD_TANH -> Math.abs(x) <= 1 ? 1 : 0;
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double geluTanhDerivative(double x) {
    double t = Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
  }

  /**
   * Φ(x) = ½·erfc(−x/√2). The error function by its series Σ (−1)ⁿ z²ⁿ⁺¹/(n!(2n+1)) where it
   * converges fast, and by Lentz's continued fraction for the tail (Abramowitz &amp; Stegun 7.1.5,
   * 7.1.14).
   */
  static double normalCdf(double x) {
    double z = Math.abs(x) / Math.sqrt(2);
    double upperTail = z < 2.5 ? 0.5 * (1 - erfSeries(z)) : 0.5 * erfcFraction(z);
    return x < 0 ? upperTail : 1 - upperTail;
  }

  private static double erfSeries(double z) {
    double term = z;
    double sum = z;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -z * z / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  private static double erfcFraction(double z) {
    double fraction = 0;
    for (int n = 80; n >= 1; n--) {
      fraction = n / 2.0 / (z + fraction);
    }
    return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
  }
}
