package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.backend.PointwiseKernels;
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

  /** For z = drop(x)·Aᵀ [T, r] that is known already. */
  LowRank(LoraAdapter adapter, RandomStream mask, Tensor z) {
    this.adapter = adapter;
    this.mask = mask;
    this.z = z;
  }

  /** The dropout mask of one pass, or null where nothing is dropped. */
  static RandomStream mask(Tape tape, LoraAdapter adapter) {
    return adapter.dropout() > 0 && tape.isTraining() ? tape.nextRandomStream() : null;
  }

  /** z = x·Aᵀ for an input whose elements have been dropped already. */
  static LowRank of(Tape tape, Tensor dropped, LoraAdapter adapter, RandomStream mask) {
    Tensor z = newZ(tape, dropped, adapter);
    tape.backend().linear().matmul(dropped, false, adapter.a().value(), true, 1, 0, z);
    return new LowRank(adapter, mask, z);
  }

  /**
   * y = x·Wᵀ + s·(x·Aᵀ·Bᵀ + b) in one, where nothing is dropped.
   *
   * @param y [T, out]
   */
  static LowRank with(Tape tape, Tensor x, LinearWeight weight, LoraAdapter adapter, Tensor y) {
    Tensor z = newZ(tape, x, adapter);
    requireOutputs(adapter.b().value(), y);
    weight.timesAdapted(tape, x, adapter.change(), z, y);
    LowRank lowRank = new LowRank(adapter, null, z);
    lowRank.addBias(tape, y);
    return lowRank;
  }

  private static Tensor newZ(Tape tape, Tensor x, LoraAdapter adapter) {
    Tensor a = adapter.a().value();
    Tensor b = adapter.b().value();
    Shapes.requireWidth("LoRA A", a, x.width());
    Shapes.require(b.width() == a.rows(), "LoRA", "B must be [out, r] for A [r, in]", b, a);
    return tape.allocate(x.dtype(), Shape.of(x.rows(), a.rows()));
  }

  private static void requireOutputs(Tensor b, Tensor y) {
    Shapes.require(b.rows() == y.width(), "LoRA", "B must be [out, r]", b, y);
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
    requireOutputs(b, y);
    tape.backend().linear().matmul(z, false, b, true, adapter.scale(), 1, y);
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
    LinearKernels kernels = gradients.backend().linear();
    Tensor dz = gradients.temporary(z.dtype(), z.shape());
    kernels.matmul(dy, false, adapter.b().value(), false, adapter.scale(), 0, dz);
    factorsBackward(gradients, dy, x, dz);
    if (mask == null && gradients.wants(x)) {
      Gradients.Slot dx = gradients.into(x);
      kernels.matmul(dz, false, adapter.a().value(), false, 1, dx.beta(), dx.tensor());
    }
    gradients.release(dz);
  }

  /**
   * The whole layer's: dx = dy·W + drop(dz·A), and the gradients of W, A, B and b.
   *
   * @param dy the gradient of x·Wᵀ and of what {@link #addTo} added
   */
  void backwardWith(Gradients gradients, Tensor dy, Variable x, LinearWeight weight) {
    if (mask != null || !gradients.wants(x)) {
      Linear.backward(gradients, dy, x, weight);
      backward(gradients, dy, x);
      return;
    }
    Tensor dz = gradients.temporary(z.dtype(), z.shape());
    Tensor a = adapter.a().value();
    Tensor b = adapter.b().value();
    LowRankChange change = new LowRankChange(b, false, adapter.scale(), a, false, 1);
    Gradients.Slot dx = gradients.into(x);
    try (LinearWeight.Factor w = weight.open(gradients)) {
      w.transposedTimesAdapted(gradients, dy, change, dx.beta(), dz, dx.tensor());
    }
    Linear.weightBackward(gradients, dy, x, weight);
    factorsBackward(gradients, dy, x, dz);
    gradients.release(dz);
  }

  /** dB, db and dA; with dropout dx too. */
  void factorsBackward(Gradients gradients, Tensor dy, Variable x, Tensor dz) {
    LinearKernels kernels = gradients.backend().linear();
    Variable b = adapter.b();
    if (gradients.wants(b)) {
      Gradients.Slot db = gradients.into(b);
      kernels.matmul(dy, true, z, false, adapter.scale(), db.beta(), db.tensor());
    }
    biasBackward(gradients, dy);
    if (mask != null) {
      backwardThroughDropout(gradients, x, dz);
    } else if (gradients.wants(adapter.a())) {
      Gradients.Slot da = gradients.into(adapter.a());
      kernels.matmul(dz, true, x.value(), false, 1, da.beta(), da.tensor());
    }
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

  private void backwardThroughDropout(Gradients gradients, Variable x, Tensor dz) {
    LinearKernels kernels = gradients.backend().linear();
    PointwiseKernels pointwise = gradients.backend().pointwise();
    float dropout = adapter.dropout();
    Tensor wide = gradients.temporary(x.value().dtype(), x.shape());
    if (gradients.wants(adapter.a())) {
      Gradients.Slot da = gradients.into(adapter.a());
      pointwise.dropout(x.value(), dropout, mask, false, wide);
      kernels.matmul(dz, true, wide, false, 1, da.beta(), da.tensor());
    }
    if (gradients.wants(x)) {
      Gradients.Slot dx = gradients.into(x);
      kernels.matmul(dz, false, adapter.a().value(), false, 1, 0, wide);
      pointwise.dropout(wide, dropout, mask, dx.accumulate(), dx.tensor());
    }
    gradients.release(wide);
  }
}
