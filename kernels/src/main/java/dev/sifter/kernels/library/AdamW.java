package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of AdamW (Loshchilov &amp; Hutter 2019) in PyTorch's order of operations, each rounded
 * correctly: the bits are those of the same formula in Java.
 *
 * <pre>
 * if (!isfinite(gradScale)) return            // the norm of the gradients is not: change nothing
 * for (each element of this block's chunk)    // TensorTables
 *   g = grad[i] * gradScale
 *   m = lerp(m, g, 1 - beta1);  v = v * beta2 + (g * (1 - beta2)) * g   // see lerpWeight
 *   p = p * (1 - lr*wd) + (m * (-lr / (1 - beta1^t))) / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * </pre>
 *
 * <p>The scalars change in every step and lie in device memory, so that a launch is the same in
 * every step. One launch serves any number of parameters. Least bytes: 28 an element, 2 more where
 * a bfloat16 copy is written. 15 FLOPs, among them a root and two divisions.
 *
 * @param gradient type of the gradients
 * @param copy type of a copy of the parameters to be written, or null for none
 * @param vector elements of an access
 */
public record AdamW(ElementType gradient, ElementType copy, int vector) implements Kernel {

  /**
   * Scalars of a step, rounded to fp32 where PyTorch rounds them.
   *
   * @param gradientScale factor of the gradients: the clipping coefficient
   * @param decay 1 − lr·wd
   * @param lerpWeight the new first moment is the old one + (g − m)·lerpWeight if that is above 0,
   *     else g + (g − m)·lerpWeight: 1 − β₁ of the way from m to g, told from the nearer end, as
   *     {@code torch.lerp} does. So m forgets a large gradient however small the next ones are
   * @param beta2 β₂
   * @param oneMinusBeta2 1 − β₂
   * @param rootOfCorrection2 √(1 − β₂ᵗ)
   * @param epsilon ε
   * @param minusStepSize −lr/(1 − β₁ᵗ)
   */
  public record Factors(
      float gradientScale,
      float decay,
      float lerpWeight,
      float beta2,
      float oneMinusBeta2,
      float rootOfCorrection2,
      float epsilon,
      float minusStepSize) {
    /** How many there are. */
    public static final int COUNT = 8;

    /** Those of step {@code t}, from 1. */
    public static Factors of(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long t,
        float gradientScale) {
      float weight = (float) (1 - beta1);
      return new Factors(
          gradientScale,
          (float) (1 - learningRate * weightDecay),
          weight < 0.5f ? weight : weight - 1,
          (float) beta2,
          (float) (1 - beta2),
          (float) Math.sqrt(1 - Math.pow(beta2, t)),
          (float) epsilon,
          (float) -(learningRate / (1 - Math.pow(beta1, t))));
    }

    /** As the kernel finds them in device memory. */
    public float[] numbers() {
      return new float[] {
        gradientScale,
        decay,
        lerpWeight,
        beta2,
        oneMinusBeta2,
        rootOfCorrection2,
        epsilon,
        minusStepSize
      };
    }
  }

  /**
   * Arrays of one size that are updated with the same factors.
   *
   * @param factors fp32: {@link Factors#numbers}, the first maybe by {@link ClipFactor}
   * @param parameter fp32, as both moments
   * @param copy receives the new parameters in its own type; null for none
   */
  public record Update(
      Array factors,
      Array gradient,
      Array parameter,
      Array moment1,
      Array moment2,
      Array copy,
      long elements) {

    /** Refuses what is not kept in fp32. */
    public Update {
      for (Array state : List.of(parameter, moment1, moment2)) {
        if (state.type() != ElementType.F32) {
          throw new IllegalArgumentException(
              "AdamW keeps parameters and moments in F32, got " + state.type());
        }
      }
    }

    private AdamW kernel() {
      ElementType copyType = copy == null ? null : copy.type();
      int vector =
          copy == null
              ? Vectors.of(gradient, parameter, moment1, moment2)
              : Vectors.of(gradient, parameter, moment1, moment2, copy);
      return new AdamW(gradient.type(), copyType, vector);
    }

    /** In the order of a table's row. */
    private List<DeviceSlice> arrays() {
      List<DeviceSlice> arrays = new ArrayList<>();
      arrays.add(factors.require("factors", Factors.COUNT));
      arrays.add(gradient.require("gradient", elements));
      arrays.add(parameter.require("parameter", elements));
      arrays.add(moment1.require("moment1", elements));
      arrays.add(moment2.require("moment2", elements));
      if (copy != null) {
        arrays.add(copy.require("copy", elements));
      }
      return arrays;
    }
  }

  /** What to launch for some updates: once for all of the same types. */
  public static List<Launch> launches(List<Update> updates, TablePlace place) {
    TensorTables<AdamW> tables = new TensorTables<>();
    updates.forEach(update -> tables.add(update.kernel(), update.elements, update.arrays()));
    return tables.launches(place, block -> List.of());
  }

  @Override
  public int threadsPerBlock() {
    return TensorTables.THREADS;
  }

  @Override
  public void emit(PtxAssembler k) {
    int arrays = copy == null ? 5 : 6;
    TensorTables.Chunk chunk = TensorTables.Chunk.declare(k, arrays, 0, vector);
    ElementPointer gradients = chunk.input(1, gradient);
    ElementPointer parameters = chunk.output(2, ElementType.F32);
    ElementPointer firsts = chunk.output(3, ElementType.F32);
    ElementPointer seconds = chunk.output(4, ElementType.F32);
    ElementPointer copies = copy == null ? null : chunk.output(5, copy);
    InKernel update = InKernel.of(k, chunk.shared(0, Float.BYTES));
    k.exitIf(k.not(update.isFinite(k)));
    chunk.forEach(
        place -> {
          List<F32> g = place.load(gradients);
          List<F32> p = new ArrayList<>(place.load(parameters));
          List<F32> m = new ArrayList<>(place.load(firsts));
          List<F32> v = new ArrayList<>(place.load(seconds));
          for (int e = 0; e < g.size(); e++) {
            Element after = update.after(k, g.get(e), p.get(e), m.get(e), v.get(e));
            p.set(e, after.parameter);
            m.set(e, after.moment1);
            v.set(e, after.moment2);
          }
          place.store(firsts, m);
          place.store(seconds, v);
          place.store(parameters, p);
          if (copies != null) {
            place.store(copies, p);
          }
        });
  }

  /** A parameter and its moments. */
  record Element(F32 parameter, F32 moment1, F32 moment2) {}

  /** The factors in registers. */
  record InKernel(
      F32 gradientScale,
      F32 decay,
      F32 lerpWeight,
      F32 beta2,
      F32 oneMinusBeta2,
      F32 rootOfCorrection2,
      F32 epsilon,
      F32 minusStepSize) {

    /** Brings the factors to all threads. */
    static InKernel of(PtxAssembler k, GlobalPointer factors) {
      SharedPointer copy = FewNumbers.copy(k, factors, Factors.COUNT);
      k.barrier();
      List<F32> f = new ArrayList<>(k.loadFloats(copy, Factors.COUNT / 2));
      f.addAll(k.loadFloats(copy.plus(Factors.COUNT / 2 * Float.BYTES), Factors.COUNT / 2));
      return new InKernel(
          f.get(0), f.get(1), f.get(2), f.get(3), f.get(4), f.get(5), f.get(6), f.get(7));
    }

    /** Whether the gradients' norm is a number; if not, nothing must be changed. */
    Pred isFinite(PtxAssembler k) {
      return k.lt(k.abs(gradientScale), Float.POSITIVE_INFINITY);
    }

    /** One element's step. */
    Element after(PtxAssembler k, F32 gradient, F32 parameter, F32 moment1, F32 moment2) {
      F32 g = k.mul(gradient, gradientScale);
      F32 nearer = k.select(k.gt(lerpWeight, 0), moment1, g);
      F32 m = k.add(nearer, k.mul(k.sub(g, moment1), lerpWeight));
      F32 v = k.add(k.mul(moment2, beta2), k.mul(k.mul(g, oneMinusBeta2), g));
      F32 root = k.add(k.div(k.sqrt(v), rootOfCorrection2), epsilon);
      F32 change = k.div(k.mul(m, minusStepSize), root);
      return new Element(k.add(k.mul(parameter, decay), change), m, v);
    }
  }
}
