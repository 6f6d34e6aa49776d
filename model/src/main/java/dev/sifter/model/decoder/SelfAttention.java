package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.ops.Attention;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.engine.ops.Rope;
import dev.sifter.model.config.ModelConfig;
import java.util.List;

/** Grouped-query attention with rotary positions and, in some families, q/k normalisation. */
final class SelfAttention {
  private final int layer;
  private final AttentionSpec spec;
  private final LinearLayer query;
  private final LinearLayer key;
  private final LinearLayer value;
  private final LinearLayer output;
  private final Parameter queryNorm;
  private final Parameter keyNorm;
  private final float epsilon;

  SelfAttention(ModelConfig config, ParameterStore store, int layer) {
    String path = "model.layers.%d.self_attn.".formatted(layer);
    int hidden = config.hiddenSize();
    int q = config.queryWidth();
    int kv = config.kvWidth();
    boolean bias = config.queryKeyValueBias();
    this.layer = layer;
    this.query = new LinearLayer(store, path + "q_proj", q, hidden, bias);
    this.key = new LinearLayer(store, path + "k_proj", kv, hidden, bias);
    this.value = new LinearLayer(store, path + "v_proj", kv, hidden, bias);
    this.output = new LinearLayer(store, path + "o_proj", hidden, q, config.outputBias());
    int head = config.headDim();
    this.queryNorm = config.queryKeyNorm() ? store.get(path + "q_norm.weight", head) : null;
    this.keyNorm = config.queryKeyNorm() ? store.get(path + "k_norm.weight", head) : null;
    this.epsilon = (float) config.normEps();
    this.spec =
        new AttentionSpec(
            config.numAttentionHeads(),
            config.numKeyValueHeads(),
            head,
            (float) (1 / Math.sqrt(head)),
            config.layers().get(layer).slidingWindow(),
            0);
  }

  List<LinearLayer> linearLayers() {
    return List.of(query, key, value, output);
  }

  Variable forward(Tape tape, Variable x, ForwardContext context) {
    try (Variable q = rotated(tape, query.forward(tape, x), queryNorm, context);
        Variable k = rotated(tape, key.forward(tape, x), keyNorm, context);
        Variable v = value.forward(tape, x);
        Variable attended = attend(tape, q, k, v, context)) {
      return output.forward(tape, attended);
    }
  }

  /** Normalises (where the family does) and rotates; ends its input. */
  private Variable rotated(Tape tape, Variable projected, Parameter norm, ForwardContext context) {
    Variable normed = projected;
    if (norm != null) {
      normed = RmsNorm.apply(tape, projected, norm, epsilon, 0);
      projected.close();
    }
    try (Variable input = normed) {
      return Rope.apply(tape, input, spec.headDim(), context.rope(), context.positions());
    }
  }

  private Variable attend(Tape tape, Variable q, Variable k, Variable v, ForwardContext context) {
    KvCache cache = context.cache();
    if (cache == null) {
      return Attention.apply(tape, spec, context.segments(), q, k, v);
    }
    cache.store(layer, context.segments(), k.value(), v.value());
    return Attention.apply(
        tape,
        spec,
        context.segments(),
        q,
        Variable.constant(cache.keys(layer)),
        Variable.constant(cache.values(layer)));
  }
}
