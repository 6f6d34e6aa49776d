package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Muon for the matrices of the blocks (Jordan et al. 2024), as torch.optim.Muon: the momentum's
 * nearest matrix with singular values near 1, by five steps of a Newton-Schulz iteration; here in
 * fp32. Embeddings, heads, norms and biases follow AdamW.
 *
 * <p>The rate of a matrix is lr · 0.2 · √max(rows, columns) ({@code match_rms_adamw}, Liu et al.
 * 2025), so that one learning rate and one decay fit both rules.
 */
final class Muon extends Optimizer {
  private static final Pattern NOT_HIDDEN = Pattern.compile("embed|wte|wpe|lm_head|\\bhead\\b");
  private static final String BUFFER = "momentum_buffer";

  private static final float MOMENTUM = 0.95f;
  private static final int ITERATIONS = 5;
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final double LEAST_NORM = 1e-7;
  private static final double RMS_OF_ADAMW = 0.2;

  private final AdamWConfig config;

  Muon(Backend backend, List<Parameter> parameters, AdamWConfig config) {
    super(backend, parameters, config.weightDecay());
    this.config = config;
    remember(Muon::layouts);
  }

  private static Map<String, Layout> layouts(Slot slot) {
    return isHiddenMatrix(slot) ? Map.of(BUFFER, Layout.like(slot)) : AdamW.moments(slot);
  }

  private static boolean isHiddenMatrix(Slot slot) {
    return slot.value().shape().rank() == 2 && !NOT_HIDDEN.matcher(slot.parameter().name()).find();
  }

  @Override
  void update(List<Slot> due, GradientScale scale) {
    AdamW.update(
        backend(), config, due.stream().filter(slot -> !isHiddenMatrix(slot)).toList(), scale);
    if (scale.isFinite()) {
      due.stream()
          .filter(Muon::isHiddenMatrix)
          .forEach(slot -> update(slot, slot.learningRate(), (float) scale.coefficient()));
    }
  }

  private void update(Slot slot, double learningRate, float gradientScale) {
    PointwiseKernels kernels = backend().pointwise();
    Tensor p = slot.value();
    Tensor update = arena().allocate(p.dtype(), p.shape());
    nesterov(slot, gradientScale, update);
    orthogonalise(update);
    double rate = learningRate * RMS_OF_ADAMW * Math.sqrt(Math.max(p.rows(), p.width()));
    if (slot.weightDecay() != 0) {
      kernels.scale(p, (float) (1 - learningRate * slot.weightDecay()), p);
    }
    kernels.scale(update, (float) -rate, update);
    kernels.add(p, update, p);
    arena().release(update);
  }

  /** b ← μ·b + (1 − μ)·g; update = μ·b + (1 − μ)·g. */
  private void nesterov(Slot slot, float gradientScale, Tensor update) {
    PointwiseKernels kernels = backend().pointwise();
    Tensor buffer = slot.tensor(BUFFER);
    Tensor share = arena().allocate(update.dtype(), update.shape());
    kernels.scale(slot.gradient(), (1 - MOMENTUM) * gradientScale, share);
    kernels.scale(buffer, MOMENTUM, buffer);
    kernels.add(buffer, share, buffer);
    kernels.scale(buffer, MOMENTUM, update);
    kernels.add(update, share, update);
    arena().release(share);
  }

  /**
   * X ← a·X + (b·S + c·S²)·X with S = X·Xᵀ, five times, from X of norm 1; for tall matrices the
   * same of the transpose, S = Xᵀ·X from the right.
   */
  private void orthogonalise(Tensor x) {
    LinearKernels products = backend().linear();
    PointwiseKernels kernels = backend().pointwise();
    double norm = Math.sqrt(backend().optimizer().squaredNorm(x));
    kernels.scale(x, (float) (1 / Math.max(norm, LEAST_NORM)), x);
    boolean tall = x.rows() > x.width();
    int side = Math.min(x.rows(), x.width());
    DType dtype = x.dtype();
    Tensor square = arena().allocate(dtype, Shape.of(side, side));
    Tensor polynomial = arena().allocate(dtype, Shape.of(side, side));
    Tensor before = arena().allocate(dtype, x.shape());
    for (int i = 0; i < ITERATIONS; i++) {
      products.matmul(x, tall, x, !tall, 1, 0, square);
      kernels.scale(square, B, polynomial);
      products.matmul(square, false, square, false, C, 1, polynomial);
      kernels.scale(x, 1, before);
      if (tall) {
        products.matmul(before, false, polynomial, false, 1, A, x);
      } else {
        products.matmul(polynomial, false, before, false, 1, A, x);
      }
    }
    arena().release(before);
    arena().release(polynomial);
    arena().release(square);
  }
}
