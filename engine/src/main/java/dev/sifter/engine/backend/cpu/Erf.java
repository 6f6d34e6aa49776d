package dev.sifter.engine.backend.cpu;

/** The normal distribution's cumulative function, in double precision. */
final class Erf {
  private static final double SERIES_LIMIT = 3;
  private static final int FRACTION_TERMS = 40;

  private Erf() {}

  /** Φ(x) = ½·erfc(−x/√2); relative error below 10⁻¹², in the lower tail too. */
  static double normalCumulative(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    double magnitude = Math.abs(x);
    if (magnitude < SERIES_LIMIT) {
      double half = centre(x);
      return 0.5 + half;
    }
    double tail = magnitude > 39 ? 0 : tail(magnitude);
    return x < 0 ? tail : 1 - tail;
  }

  /** Φ(x) − ½ = φ(x)·(x + x³/3 + x⁵/(3·5) + …), all terms of one sign. */
  private static double centre(double x) {
    double term = x;
    double sum = x;
    for (int k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
      term *= x * x / k;
      sum += term;
    }
    return density(x) * sum;
  }

  /** 1 − Φ(x) = φ(x)/(x + 1/(x + 2/(x + 3/(x + …)))), from the inside out. */
  private static double tail(double x) {
    double fraction = x;
    for (int k = FRACTION_TERMS; k >= 1; k--) {
      fraction = x + k / fraction;
    }
    return density(x) / fraction;
  }

  private static double density(double x) {
    return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }
}
