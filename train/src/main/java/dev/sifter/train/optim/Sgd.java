package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent as torch.optim.SGD: d = g + wd·p; with momentum b ← μ·b + d (b = d in
 * the first step) and d = b; p ← p − lr·d.
 */
final class Sgd extends OneByOneOptimizer {
  private static final String BUFFER = "momentum_buffer";

  private final float momentum;

  Sgd(Backend backend, List<Parameter> parameters, double weightDecay, double momentum) {
    super(backend, parameters, weightDecay);
    this.momentum = (float) momentum;
    remember(slot -> momentum == 0 ? Map.of() : Map.of(BUFFER, Layout.like(slot)));
  }

  @Override
  void update(Slot slot, double learningRate, float gradientScale) {
    PointwiseKernels kernels = backend().pointwise();
    Tensor p = slot.value();
    Tensor d = arena().allocate(p.dtype(), p.shape());
    if (slot.weightDecay() != 0) {
      Tensor decay = arena().allocate(p.dtype(), p.shape());
      kernels.scale(p, (float) slot.weightDecay(), decay);
      kernels.scale(slot.gradient(), gradientScale, d);
      kernels.add(d, decay, d);
      arena().release(decay);
    } else {
      kernels.scale(slot.gradient(), gradientScale, d);
    }
    if (momentum != 0) {
      Tensor buffer = slot.tensor(BUFFER);
      kernels.scale(buffer, momentum, buffer);
      kernels.add(buffer, d, buffer);
      kernels.scale(buffer, (float) -learningRate, d);
    } else {
      kernels.scale(d, (float) -learningRate, d);
    }
    kernels.add(p, d, p);
    arena().release(d);
  }
}
