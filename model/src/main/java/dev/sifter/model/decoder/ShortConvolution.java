package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.ops.CausalConvolution;
import dev.sifter.engine.ops.Columns;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.List;

/**
 * A gated short convolution (LFM2): with b, c, v the thirds of one projection of x, out(c ·
 * convolution(b · v)).
 */
final class ShortConvolution implements TokenMixer {
  private final int layer;
  private final int hiddenSize;
  private final LinearLayer input;
  private final Parameter filter;
  private final LinearLayer output;

  ShortConvolution(ModelConfig config, ModelWeights weights, int layer) {
    this.layer = layer;
    this.hiddenSize = config.hiddenSize();
    this.input = weights.linear(layer, Module.CONVOLUTION_INPUT);
    this.filter = weights.weight(layer, Module.CONVOLUTION);
    this.output = weights.linear(layer, Module.CONVOLUTION_OUTPUT);
  }

  @Override
  public List<LinearLayer> linearLayers() {
    return List.of(input, output);
  }

  @Override
  public int inputBorder() {
    return LinearLayer.border(input);
  }

  @Override
  public Variable forward(Tape tape, Variable x, ForwardContext context) {
    try (Variable all = input.forward(tape, x);
        Variable exit = Columns.apply(tape, all, hiddenSize, 1);
        Variable entered = entered(tape, all);
        Variable mixed = convolve(tape, entered, context);
        Variable left =
            GatedActivation.apply(
                tape, ActivationKind.IDENTITY, exit, mixed, LinearLayer.border(output))) {
      return output.forward(tape, left);
    }
  }

  /** b · v. */
  private Variable entered(Tape tape, Variable all) {
    try (Variable entry = Columns.apply(tape, all, hiddenSize, 0);
        Variable values = Columns.apply(tape, all, hiddenSize, 2)) {
      return GatedActivation.apply(tape, ActivationKind.IDENTITY, entry, values);
    }
  }

  private Variable convolve(Tape tape, Variable entered, ForwardContext context) {
    KvCache cache = context.cache();
    if (cache == null) {
      return CausalConvolution.apply(tape, context.segments(), entered, filter);
    }
    cache.store(layer, context.cacheRows(), entered.value());
    Variable seen = Variable.constant(cache.kept(layer).getFirst());
    return CausalConvolution.apply(tape, context.segments(), seen, filter);
  }
}
