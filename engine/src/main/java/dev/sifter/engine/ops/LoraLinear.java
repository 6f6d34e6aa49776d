package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer with a low-rank adapter (Hu et al. 2021): y = x·Wᵀ + b + s · (drop(x)·Aᵀ)·Bᵀ.
 *
 * <p>The product goes through r columns, so it costs 2·T·r·(in + out) FLOPs beside the base's
 * 2·T·in·out. Only z = drop(x)·Aᵀ [T, r] is kept beside x; the dropout mask is drawn again.
 */
public final class LoraLinear {
  private LoraLinear() {}

  /**
   * The adapter of one linear layer.
   *
   * @param a [r, in]
   * @param b [out, r]
   * @param scale s = α/r, or α/√r with rank-stabilised LoRA
   * @param dropout probability of dropping an element of the adapter's input, in training
   */
  public record Adapter(Variable a, Variable b, float scale, float dropout) {}

  /**
   * y = x·Wᵀ + b + s · (drop(x)·Aᵀ)·Bᵀ.
   *
   * @param x [T, in]
   * @param weight [out, in], or [in, out] as the layout says
   * @param bias [out], or null
   */
  public static Variable apply(
      Tape tape, Variable x, Variable weight, WeightLayout layout, Variable bias, Adapter adapter) {
    Tensor y = Linear.forward(tape, x, weight, layout, bias);
    Tensor a = adapter.a.value();
    Shapes.requireWidth("LoRA A", a, x.value().width());
    Shapes.require(
        adapter.b.value().rows() == y.width() && adapter.b.value().width() == a.rows(),
        "LoRA",
        "B must be [out, r] for A [r, in]",
        adapter.b.value(),
        a);
    boolean drops = adapter.dropout > 0 && tape.isTraining();
    RandomStream mask = drops ? tape.nextRandomStream() : null;
    LinearKernels kernels = tape.backend().linear();
    Tensor z = tape.allocate(x.value().dtype(), Shape.of(y.rows(), a.rows()));
    Tensor dropped = drops ? dropped(tape, x.value(), adapter.dropout, mask) : x.value();
    kernels.matmul(dropped, false, a, true, 1, 0, z);
    kernels.matmul(z, false, adapter.b.value(), true, adapter.scale, 1, y);
    if (drops) {
      tape.release(dropped);
    }
    return tape.record(
        y,
        inputs(x, weight, bias, adapter),
        List.of(x),
        List.of(z),
        gradients -> {
          Linear.backward(gradients, x, weight, layout, bias);
          backward(gradients, x, adapter, mask, z);
        });
  }

  /** dz = s · dy·B, dB = s · dyᵀ·z, dA = dzᵀ·drop(x), dx += drop(dz·A). */
  private static void backward(
      Gradients gradients, Variable x, Adapter adapter, RandomStream mask, Tensor z) {
    LinearKernels kernels = gradients.backend().linear();
    Tensor dy = gradients.output();
    Tensor dz = gradients.temporary(z.dtype(), z.shape());
    kernels.matmul(dy, false, adapter.b.value(), false, adapter.scale, 0, dz);
    if (gradients.wants(adapter.b)) {
      Gradients.Slot db = gradients.into(adapter.b);
      kernels.matmul(dy, true, z, false, adapter.scale, db.beta(), db.tensor());
    }
    if (mask == null) {
      if (gradients.wants(adapter.a)) {
        Gradients.Slot da = gradients.into(adapter.a);
        kernels.matmul(dz, true, x.value(), false, 1, da.beta(), da.tensor());
      }
      if (gradients.wants(x)) {
        kernels.matmul(dz, false, adapter.a.value(), false, 1, 1, gradients.into(x).tensor());
      }
    } else {
      backwardThroughDropout(gradients, x, adapter, mask, dz);
    }
    gradients.release(dz);
  }

  private static void backwardThroughDropout(
      Gradients gradients, Variable x, Adapter adapter, RandomStream mask, Tensor dz) {
    LinearKernels kernels = gradients.backend().linear();
    PointwiseKernels pointwise = gradients.backend().pointwise();
    Tensor wide = gradients.temporary(x.value().dtype(), x.shape());
    if (gradients.wants(adapter.a)) {
      Gradients.Slot da = gradients.into(adapter.a);
      pointwise.dropout(x.value(), adapter.dropout, mask, false, wide);
      kernels.matmul(dz, true, wide, false, 1, da.beta(), da.tensor());
    }
    if (gradients.wants(x)) {
      kernels.matmul(dz, false, adapter.a.value(), false, 1, 0, wide);
      pointwise.dropout(wide, adapter.dropout, mask, true, gradients.into(x).tensor());
    }
    gradients.release(wide);
  }

  private static Tensor dropped(Tape tape, Tensor x, float probability, RandomStream mask) {
    Tensor dropped = tape.allocate(x.dtype(), x.shape());
    tape.backend().pointwise().dropout(x, probability, mask, false, dropped);
    return dropped;
  }

  private static List<Variable> inputs(
      Variable x, Variable weight, Variable bias, Adapter adapter) {
    List<Variable> inputs = new ArrayList<>(List.of(x, weight, adapter.a, adapter.b));
    if (bias != null) {
      inputs.add(bias);
    }
    return inputs;
  }
}
