package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of AdamW (Loshchilov &amp; Hutter 2019) in PyTorch's order of operations, each rounded
 * correctly: the bits are those of the same formula in Java.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 4 elements
 * g = grad[i] * gradScale
 * m = m + (g - m) * (1 - beta1);  v = v * beta2 + (g * (1 - beta2)) * g
 * p = p * (1 - lr*wd) + (m * (-lr / (1 - beta1^t))) / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * </pre>
 *
 * <p>One launch serves a flat arena of many parameters. Least bytes: 28 an element, 2 more where a
 * bfloat16 copy is written. 14 FLOPs, among them a root and two divisions.
 *
 * @param gradient type of the gradients
 * @param copy type of a copy of the parameters to be written, or null for none
 * @param vector elements of an access
 */
public record AdamW(ElementType gradient, ElementType copy, int vector) implements Elementwise {

  /**
   * Scalars of a step, rounded to fp32 where PyTorch rounds them.
   *
   * @param gradientScale factor of the gradients: the clipping coefficient
   * @param decay 1 − lr·wd
   * @param oneMinusBeta1 1 − β₁
   * @param beta2 β₂
   * @param oneMinusBeta2 1 − β₂
   * @param rootOfCorrection2 √(1 − β₂ᵗ)
   * @param epsilon ε
   * @param minusStepSize −lr/(1 − β₁ᵗ)
   */
  public record Factors(
      float gradientScale,
      float decay,
      float oneMinusBeta1,
      float beta2,
      float oneMinusBeta2,
      float rootOfCorrection2,
      float epsilon,
      float minusStepSize) {

    /** Those of step {@code t}, from 1. */
    public static Factors of(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long t,
        float gradientScale) {
      return new Factors(
          gradientScale,
          (float) (1 - learningRate * weightDecay),
          (float) (1 - beta1),
          (float) beta2,
          (float) (1 - beta2),
          (float) Math.sqrt(1 - Math.pow(beta2, t)),
          (float) epsilon,
          (float) -(learningRate / (1 - Math.pow(beta1, t))));
    }
  }

  /**
   * What to launch for {@code elements} parameters.
   *
   * @param parameter fp32, as both moments
   * @param copy receives the new parameters in its own type; null for none
   */
  public static List<Launch> launches(
      Factors factors,
      Array gradient,
      Array parameter,
      Array moment1,
      Array moment2,
      Array copy,
      long elements) {
    for (Array state : List.of(parameter, moment1, moment2)) {
      if (state.type() != ElementType.F32) {
        throw new IllegalArgumentException(
            "AdamW keeps parameters and moments in F32, got " + state.type());
      }
    }
    List<Array> arrays = new ArrayList<>(List.of(gradient, parameter, moment1, moment2));
    List<Object> arguments = new ArrayList<>();
    arguments.add(gradient.require("gradient", elements));
    arguments.add(parameter.require("parameter", elements));
    arguments.add(moment1.require("moment1", elements));
    arguments.add(moment2.require("moment2", elements));
    if (copy != null) {
      arrays.add(copy);
      arguments.add(copy.require("copy", elements));
    }
    arguments.addAll(
        List.of(
            factors.gradientScale,
            factors.decay,
            factors.oneMinusBeta1,
            factors.beta2,
            factors.oneMinusBeta2,
            factors.rootOfCorrection2,
            factors.epsilon,
            factors.minusStepSize));
    AdamW kernel =
        new AdamW(
            gradient.type(),
            copy == null ? null : copy.type(),
            Vectors.of(arrays.toArray(Array[]::new)));
    return Elementwise.launches(kernel, kernel.vector, elements, arguments.toArray());
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer gradients = k.input("gradient", gradient, vector);
    ElementPointer parameters = k.output("parameter", ElementType.F32, vector);
    ElementPointer firsts = k.output("moment1", ElementType.F32, vector);
    ElementPointer seconds = k.output("moment2", ElementType.F32, vector);
    ElementPointer copies = copy == null ? null : k.output("copy", copy, vector);
    F32 gradientScale = k.number("gradientScale");
    F32 decay = k.number("decay");
    F32 oneMinusBeta1 = k.number("oneMinusBeta1");
    F32 beta2 = k.number("beta2");
    F32 oneMinusBeta2 = k.number("oneMinusBeta2");
    F32 rootOfCorrection2 = k.number("rootOfCorrection2");
    F32 epsilon = k.number("epsilon");
    F32 minusStepSize = k.number("minusStepSize");
    Elementwise.emit(
        k,
        vector,
        place -> {
          List<F32> g = Vectors.map(place.load(gradients), x -> k.mul(x, gradientScale));
          List<F32> m =
              Vectors.zip(
                  place.load(firsts),
                  g,
                  (old, x) -> k.add(old, k.mul(k.sub(x, old), oneMinusBeta1)));
          List<F32> v =
              Vectors.zip(
                  place.load(seconds),
                  g,
                  (old, x) -> k.add(k.mul(old, beta2), k.mul(k.mul(x, oneMinusBeta2), x)));
          List<F32> change =
              Vectors.zip(
                  m,
                  v,
                  (first, second) -> {
                    F32 root = k.add(k.div(k.sqrt(second), rootOfCorrection2), epsilon);
                    return k.div(k.mul(first, minusStepSize), root);
                  });
          List<F32> p =
              Vectors.zip(place.load(parameters), change, (old, x) -> k.add(k.mul(old, decay), x));
          place.store(firsts, m);
          place.store(seconds, v);
          place.store(parameters, p);
          if (copies != null) {
            place.store(copies, p);
          }
        });
  }
}
