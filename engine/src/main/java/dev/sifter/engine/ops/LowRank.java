package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * The low-rank path of an adapted layer, s·((drop(x)·Aᵀ)·Bᵀ + b): through r columns, so that it
 * costs 2·T·r·(in + out) FLOPs. Only z = drop(x)·Aᵀ [T, r] is kept; the dropout mask is drawn
 * again.
 */
final class LowRank {
  private final LoraAdapter adapter;
  private final RandomStream mask;
  private final Tensor z;

  /** The dropout mask of one pass, or null where nothing is dropped. */
  static RandomStream mask(Tape tape, LoraAdapter adapter) {
    return adapter.dropout() > 0 && tape.isTraining() ? tape.nextRandomStream() : null;
  }

  /** x with elements dropped by a mask; x itself without one. */
  static Tensor drop(Tape tape, Tensor x, LoraAdapter adapter, RandomStream mask) {
    if (mask == null) {
      return x;
    }
    Tensor dropped = tape.allocate(x.dtype(), x.shape());
    tape.backend().pointwise().dropout(x, adapter.dropout(), mask, false, dropped);
    return dropped;
  }

  /** Ends what {@link #drop} gave for x, if that was not x itself. */
  static void release(Tape tape, Tensor x, Tensor dropped) {
    if (dropped != x) {
      tape.release(dropped);
    }
  }

  /** For z = drop(x)·Aᵀ [T, r] that is known already. */
  LowRank(LoraAdapter adapter, RandomStream mask, Tensor z) {
    this.adapter = adapter;
    this.mask = mask;
    this.z = z;
  }

  /** z = x·Aᵀ for an input whose elements have been dropped already. */
  static LowRank of(Tape tape, Tensor dropped, LoraAdapter adapter, RandomStream mask) {
    Tensor a = adapter.a().value();
    Tensor b = adapter.b().value();
    Shapes.requireWidth("LoRA A", a, dropped.width());
    Shapes.require(b.width() == a.rows(), "LoRA", "B must be [out, r] for A [r, in]", b, a);
    Tensor z = tape.allocate(dropped.dtype(), Shape.of(dropped.rows(), a.rows()));
    tape.backend().linear().matmul(dropped, false, a, true, 1, 0, z);
    return new LowRank(adapter, mask, z);
  }

  /** z, which the backward pass reads. */
  Tensor z() {
    return z;
  }

  /** The mask that x was dropped by, or null. */
  RandomStream mask() {
    return mask;
  }

  /** y += s·(z·Bᵀ + b). */
  void addTo(Tape tape, Tensor y) {
    Tensor b = adapter.b().value();
    Shapes.require(b.rows() == y.width(), "LoRA", "B must be [out, r]", b, y);
    LinearKernels kernels = tape.backend().linear();
    kernels.matmul(z, false, b, true, adapter.scale(), 1, y);
    addBias(tape, y);
  }

  /** y += s·b. */
  void addBias(Tape tape, Tensor y) {
    if (adapter.bias() != null) {
      Tensor scaled = tape.allocate(y.dtype(), adapter.bias().shape());
      tape.backend().pointwise().scale(adapter.bias().value(), adapter.scale(), scaled);
      tape.backend().linear().addBias(y, scaled);
      tape.release(scaled);
    }
  }

  /**
   * dz = s·dy·B, dB = s·dyᵀ·z, db = s·Σ dy, dA = dzᵀ·drop(x), dx += drop(dz·A).
   *
   * @param dy the gradient of what {@link #addTo} added
   */
  void backward(Gradients gradients, Tensor dy, Variable x) {
    Tensor dz = gradients.temporary(z.dtype(), z.shape());
    Tensor b = adapter.b().value();
    gradients.backend().linear().matmul(dy, false, b, false, adapter.scale(), 0, dz);
    factorsBackward(gradients, dy, dz, x);
    inputBackward(gradients, dz, adapter.a().value(), x);
    gradients.release(dz);
  }

  /** dB = s·dyᵀ·z, db = s·Σ dy, dA = dzᵀ·drop(x). */
  void factorsBackward(Gradients gradients, Tensor dy, Tensor dz, Variable x) {
    LinearKernels kernels = gradients.backend().linear();
    if (gradients.wants(adapter.b())) {
      Gradients.Slot db = gradients.into(adapter.b());
      kernels.matmul(dy, true, z, false, adapter.scale(), db.beta(), db.tensor());
    }
    biasBackward(gradients, dy);
    if (gradients.wants(adapter.a())) {
      Gradients.Slot da = gradients.into(adapter.a());
      Tensor dropped = x.value();
      if (mask != null) {
        dropped = gradients.temporary(dropped.dtype(), dropped.shape());
        gradients.backend().pointwise().dropout(x.value(), adapter.dropout(), mask, false, dropped);
      }
      kernels.matmul(dz, true, dropped, false, 1, da.beta(), da.tensor());
      if (mask != null) {
        gradients.release(dropped);
      }
    }
  }

  /**
   * dx += drop(dz·A).
   *
   * @param a A, or A as it was rounded
   */
  void inputBackward(Gradients gradients, Tensor dz, Tensor a, Variable x) {
    LinearKernels kernels = gradients.backend().linear();
    if (!gradients.wants(x)) {
      return;
    }
    Gradients.Slot dx = gradients.into(x);
    if (mask == null) {
      kernels.matmul(dz, false, a, false, 1, dx.beta(), dx.tensor());
      return;
    }
    Tensor wide = gradients.temporary(x.value().dtype(), x.shape());
    kernels.matmul(dz, false, a, false, 1, 0, wide);
    gradients
        .backend()
        .pointwise()
        .dropout(wide, adapter.dropout(), mask, dx.accumulate(), dx.tensor());
    gradients.release(wide);
  }

  private void biasBackward(Gradients gradients, Tensor dy) {
    Variable bias = adapter.bias();
    if (bias != null && gradients.wants(bias)) {
      Tensor sum = gradients.fresh(bias);
      gradients.backend().linear().biasBackward(dy, false, sum);
      gradients.backend().pointwise().scale(sum, adapter.scale(), sum);
      gradients.give(bias, sum);
    }
  }
}
