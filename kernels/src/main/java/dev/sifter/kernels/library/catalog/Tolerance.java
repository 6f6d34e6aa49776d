package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.ptx.ElementType;

/**
 * How far a result may lie from the formula in double precision: {@code relative·|expected| +
 * ofLargest·max|expected|}, and for 16-bit types a unit in the last place more, since the exact
 * value may lie on the other side of a tie. NaN is close to NaN only. The array as a whole may be
 * asked for more: ‖error‖ ≤ ofNorm·‖expected‖.
 *
 * @param relative part of the expected element
 * @param ofLargest part of the array's largest expected element: for sums whose terms cancel
 * @param ofNorm part of the array's Frobenius norm; infinite where nothing is asked of it
 * @param reason why no less can be asked
 */
public record Tolerance(double relative, double ofLargest, double ofNorm, String reason) {

  /** Of single elements only. */
  public Tolerance(double relative, double ofLargest, String reason) {
    this(relative, ofLargest, Double.POSITIVE_INFINITY, reason);
  }

  /** The bits of the expected value, rounded once. */
  public static Tolerance exact(String reason) {
    return new Tolerance(0, 0, reason);
  }

  boolean isExact() {
    return relative == 0 && ofLargest == 0;
  }

  /** The distance allowed. */
  double allowed(double expected, double largest, ElementType type) {
    double unit =
        switch (type) {
          case F32 -> 0;
          case BF16 -> 0x1p-7;
          case F16 -> 0x1p-10;
        };
    double underflow = type == ElementType.F16 ? 0x1p-24 : Float.MIN_NORMAL;
    return isExact() ? 0 : (relative + unit) * Math.abs(expected) + ofLargest * largest + underflow;
  }
}
