package dev.sifter.engine.ops.contract;

import dev.sifter.engine.tensor.DType;

/**
 * How far a result may lie from the same formula in double precision: {@code relative · |expected|
 * + ofLargest · max |expected|}, the maximum over the tensor. The second part is for sums, whose
 * rounding errors are as large as their terms, however small the sum. NaN is never close.
 *
 * @param dtype type that the op is run in
 * @param relative part of the expected element
 * @param ofLargest part of the largest expected element of the tensor
 * @param reason why no less can be asked, and no more is given
 */
public record Tolerance(DType dtype, double relative, double ofLargest, String reason) {

  /**
   * The distance allowed. Unless results are defined bit for bit, those below fp32's least normal
   * number may become 0.
   *
   * @param expected the element
   * @param largest the tensor's largest magnitude
   * @param cancelling size of the terms that cancel in it, beyond {@code largest}
   */
  public double allowed(double expected, double largest, double cancelling) {
    boolean bitwise = relative == 0 && ofLargest == 0;
    double underflow = bitwise ? 0 : Float.MIN_NORMAL;
    return relative * Math.abs(expected) + ofLargest * (largest + cancelling) + underflow;
  }
}
