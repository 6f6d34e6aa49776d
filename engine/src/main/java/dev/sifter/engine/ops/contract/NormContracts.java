package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.LayerNorm;
import dev.sifter.engine.ops.RmsNorm;
import java.util.List;

/** RMSNorm and LayerNorm. */
final class NormContracts {
  private static final float EPSILON = 1e-5f;
  private static final List<Tolerance> NORM =
      Tolerances.pointwise(
          1e-6,
          4e-6,
          "1e-6 of the element for a root, a division and two products (≤ 8 ulp); 4e-6 of the"
              + " largest for the sums over a row or over the rows, √4097·u");

  private NormContracts() {}

  static List<OpContract> all() {
    return List.of(
        rmsNorm("rms-norm", "y = x/√(mean(x²) + ε) · w", 0),
        rmsNorm("rms-norm-offset", "y = x/√(mean(x²) + ε) · (1 + w)", 1),
        layerNorm("layer-norm", "y = (x − mean(x))/√(var(x) + ε) · w", 0, false),
        layerNorm("layer-norm-bias", "y = (x − mean(x))/√(var(x) + ε) · w + b", 0, true),
        layerNorm("layer-norm-offset", "y = (x − mean(x))/√(var(x) + ε) · (1 + w) + b", 1, true));
  }

  private static OpContract rmsNorm(String name, String formula, float offset) {
    return new OpContract(
        name,
        formula,
        NORM,
        List.of(
            // Of one element remains the sign: terms of size 1 to 4 cancel in dx.
            rms("1x1", 1, 1, 1, offset, Values.normal(1)).cancelling(4),
            rms("33x31", 33, 31, 1, offset, Values.normal(1)),
            rms("31x127", 31, 127, 1, offset, Values.normal(1)),
            rms("2x4097", 2, 4097, 1, offset, Values.normal(1)),
            rms("heads of 31", 5, 31, 4, offset, Values.normal(1)),
            rms("zeros", 2, 33, 1, offset, Values.constant(0)),
            rms("far below ε", 3, 33, 1, offset, Values.normal(1e-6)),
            rms("1e4-scale", 3, 33, 1, offset, Values.normal(1e4))),
        rms("512x576", 512, 576, 1, offset, Values.normal(1)));
  }

  private static OpCase rms(
      String name, int rows, int width, int groups, float offset, Values values) {
    return OpCase.of(
        name,
        (tape, in) -> RmsNorm.apply(tape, in.variable("x"), in.variable("weight"), EPSILON, offset),
        OpInput.trained("x", rows, (long) groups * width).of(values),
        OpInput.trained("weight", width));
  }

  private static OpContract layerNorm(String name, String formula, float offset, boolean biased) {
    return new OpContract(
        name,
        formula,
        NORM,
        List.of(
            // Nothing remains of one element: dx is 0, a difference of terms of size 1/√ε.
            layer("1x1", 1, 1, 1, offset, biased, Values.normal(1)).cancelling(316),
            layer("33x31", 33, 31, 1, offset, biased, Values.normal(1)),
            layer("31x127", 31, 127, 1, offset, biased, Values.normal(1)),
            layer("2x4097", 2, 4097, 1, offset, biased, Values.normal(1)),
            layer("heads of 31", 5, 31, 4, offset, biased, Values.normal(1)),
            layer("mean 30", 3, 127, 1, offset, biased, Values.around(30, 1)),
            layer("all equal", 2, 33, 1, offset, biased, Values.constant(2))),
        layer("512x768", 512, 768, 1, offset, biased, Values.normal(1)));
  }

  private static OpCase layer(
      String name, int rows, int width, int groups, float offset, boolean biased, Values values) {
    OpInput x = OpInput.trained("x", rows, (long) groups * width).of(values);
    OpInput weight = OpInput.trained("weight", width);
    OpCase.Body body =
        (tape, in) -> {
          Variable bias = biased ? in.variable("bias") : null;
          return LayerNorm.apply(
              tape, in.variable("x"), in.variable("weight"), bias, EPSILON, offset);
        };
    return biased
        ? OpCase.of(name, body, x, weight, OpInput.trained("bias", width))
        : OpCase.of(name, body, x, weight);
  }
}
