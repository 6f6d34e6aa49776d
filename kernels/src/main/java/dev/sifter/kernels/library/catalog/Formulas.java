package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.ActivationFunction;

/** The non-linearities in double precision. */
final class Formulas {
  private static final double SCALE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private Formulas() {}

  static double value(ActivationFunction function, double x) {
    return switch (function) {
      case IDENTITY -> x;
      case SILU -> x / (1 + Math.exp(-x));
      case GELU -> x * normalCumulative(x);
      case GELU_TANH -> 0.5 * x * (1 + Math.tanh(SCALE * (x + CUBIC * x * x * x)));
      case RELU -> Math.max(x, 0);
      case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
      case HARD_TANH -> Math.clamp(x, -1, 1);
    };
  }

  static double derivative(ActivationFunction function, double x) {
    return switch (function) {
      case IDENTITY -> 1;
      case SILU, GELU, GELU_TANH -> smoothDerivative(function, x);
      case RELU -> x <= 0 ? 0 : 1;
      case RELU_SQUARED -> 2 * Math.max(x, 0);
      case HARD_TANH -> Math.abs(x) <= 1 ? 1 : 0;
    };
  }

  /**
   * Additions and products of f(x) as the kernels compute it; the exponential of the first three
   * comes besides.
   */
  static double valueFlops(ActivationFunction function) {
    return switch (function) {
      case SILU -> 12;
      case GELU -> 33;
      case GELU_TANH -> 17;
      case RELU_SQUARED -> 1;
      case IDENTITY, RELU, HARD_TANH -> 0;
    };
  }

  /** The same of f′(x). */
  static double derivativeFlops(ActivationFunction function) {
    return switch (function) {
      case SILU -> 14;
      case GELU -> 35;
      case GELU_TANH -> 22;
      case RELU_SQUARED -> 1;
      case IDENTITY, RELU, HARD_TANH -> 0;
    };
  }

  /** The same of both, which have much in common. */
  static double slopeFlops(ActivationFunction function) {
    return switch (function) {
      case SILU -> 15;
      case GELU -> 36;
      case GELU_TANH -> 23;
      case RELU_SQUARED -> 2;
      case IDENTITY, RELU, HARD_TANH -> 0;
    };
  }

  /** By central differences of fourth order, which are exact to 1e-10 here. */
  private static double smoothDerivative(ActivationFunction function, double x) {
    double h = 1e-3;
    double near = value(function, x + h) - value(function, x - h);
    double far = value(function, x + 2 * h) - value(function, x - 2 * h);
    return (8 * near - far) / (12 * h);
  }

  /** Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/15 + …), all terms of one sign; by symmetry below 0. */
  static double normalCumulative(double x) {
    if (Math.abs(x) > 8) {
      return x < 0 ? tail(-x) : 1 - tail(x);
    }
    double term = Math.abs(x);
    double sum = term;
    for (int n = 3; term > 1e-18 * sum; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    double half = sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    // Below −3 the difference would cancel.
    return x > 0 ? 0.5 + half : x > -3 ? 0.5 - half : tail(-x);
  }

  /** 1 − Φ(x) as a continued fraction, x &gt; 0. */
  private static double tail(double x) {
    double fraction = x;
    for (int n = 200; n >= 1; n--) {
      fraction = x + n / fraction;
    }
    return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI) / fraction;
  }
}
