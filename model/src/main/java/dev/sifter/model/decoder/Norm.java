package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.LayerNorm;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.model.config.ModelConfig;

/** A norm with its weights; one narrower than its input covers each head, or each such group. */
record Norm(ModelConfig.Norm config, Parameter weight, Parameter bias) {

  Variable apply(Tape tape, Variable x) {
    return apply(tape, x, 0);
  }

  /**
   * As {@link #apply(Tape, Variable)}, with so many columns of border on the right of the result.
   */
  Variable apply(Tape tape, Variable x, int border) {
    float epsilon = (float) config.epsilon();
    float offset = (float) config.weightOffset();
    return config.layer()
        ? LayerNorm.apply(tape, x, weight, bias, epsilon, offset, border)
        : RmsNorm.apply(tape, x, weight, epsilon, offset, border);
  }
}
