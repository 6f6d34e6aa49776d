package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/** One pre-norm transformer block: h = x + attention(norm(x)); h + mlp(norm(h)). */
final class DecoderBlock {
  private final Parameter attentionNorm;
  private final Parameter mlpNorm;
  private final float epsilon;
  private final SelfAttention attention;
  private final GatedMlp mlp;

  DecoderBlock(ModelConfig config, ParameterStore store, int layer) {
    String path = "model.layers.%d.".formatted(layer);
    this.epsilon = (float) config.normEps();
    this.attentionNorm = store.get(path + "input_layernorm.weight", config.hiddenSize());
    this.attention = new SelfAttention(config, store, layer);
    this.mlpNorm = store.get(path + "post_attention_layernorm.weight", config.hiddenSize());
    this.mlp = new GatedMlp(config, store, layer);
  }

  List<LinearLayer> linearLayers() {
    List<LinearLayer> layers = new ArrayList<>(attention.linearLayers());
    layers.addAll(mlp.linearLayers());
    return layers;
  }

  /** The block's output; its input stays the caller's. */
  Variable forward(Tape tape, Variable x, ForwardContext context) {
    try (Variable h = addAttention(tape, x, context);
        Variable normed = RmsNorm.apply(tape, h, mlpNorm, epsilon, 0);
        Variable change = mlp.forward(tape, normed)) {
      return Add.apply(tape, h, change);
    }
  }

  private Variable addAttention(Tape tape, Variable x, ForwardContext context) {
    try (Variable normed = RmsNorm.apply(tape, x, attentionNorm, epsilon, 0);
        Variable change = attention.forward(tape, normed, context)) {
      return Add.apply(tape, x, change);
    }
  }
}
