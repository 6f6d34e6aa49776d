package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.GradientScale;
import java.util.List;

/** An update rule that takes one parameter after the other, with the factor known on the host. */
abstract class OneByOneOptimizer extends Optimizer {

  OneByOneOptimizer(Backend backend, List<Parameter> parameters, double weightDecay) {
    super(backend, parameters, weightDecay);
  }

  @Override
  final void update(List<Slot> due, GradientScale scale) {
    if (scale.isFinite()) {
      due.forEach(slot -> update(slot, slot.learningRate(), (float) scale.coefficient()));
    }
  }

  /** Updates a parameter and what is remembered of it. */
  abstract void update(Slot slot, double learningRate, float gradientScale);
}
