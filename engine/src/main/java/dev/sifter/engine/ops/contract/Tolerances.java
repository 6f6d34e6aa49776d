package dev.sifter.engine.ops.contract;

import dev.sifter.engine.tensor.DType;
import java.util.List;

/** The few kinds of rounding that ops have, each with its argument. u is 2⁻²⁴, half an fp32 ulp. */
final class Tolerances {
  private Tolerances() {}

  /** One rounding. */
  static List<Tolerance> exact(String why) {
    return List.of(new Tolerance(DType.F32, 0x1p-24, 0, "u: " + why));
  }

  /** A copy, or a value that is defined bit for bit. */
  static List<Tolerance> bitwise(String why) {
    return List.of(new Tolerance(DType.F32, 0, 0, "0: " + why));
  }

  /** A handful of operations per element; {@code floor} is for what cancels. */
  static List<Tolerance> pointwise(double relative, double floor, String why) {
    return List.of(new Tolerance(DType.F32, relative, floor, why));
  }

  /** Sums of products, in units of the largest result. */
  static List<Tolerance> sums(double ofLargest, String why) {
    return List.of(new Tolerance(DType.F32, 0, ofLargest, why));
  }
}
