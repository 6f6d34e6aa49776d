package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.ops.Activation;
import dev.sifter.engine.ops.Attention;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.ops.Scale;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Grouped-query attention; rotary positions and norms of queries and keys where there are any. */
final class SelfAttention implements TokenMixer {
  private final int layer;
  private final AttentionSpec spec;
  private final float dropout;
  private final RopeConfig rope;
  private final LinearLayer query;
  private final LinearLayer key;
  private final LinearLayer value;
  private final LinearLayer fused;
  private final FusedColumns fusedColumns;
  private final LinearLayer output;
  private final Norm queryNorm;
  private final Norm keyNorm;
  private final boolean normsRotated;
  private final float clip;

  SelfAttention(ModelConfig config, ModelWeights weights, int layer) {
    ModelConfig.Attention attention = config.attention();
    this.layer = layer;
    this.query = weights.linear(layer, Module.QUERY);
    this.key = weights.linear(layer, Module.KEY, Module.QUERY);
    this.value = weights.linear(layer, Module.VALUE, Module.QUERY, Module.KEY);
    this.fused = weights.linear(layer, Module.QUERY_KEY_VALUE);
    this.fusedColumns = FusedColumns.of(attention);
    this.output = weights.linear(layer, Module.ATTENTION_OUTPUT);
    this.queryNorm = weights.norm(layer, Module.QUERY_NORM);
    this.keyNorm = weights.norm(layer, Module.KEY_NORM);
    this.normsRotated = attention.normsRotated();
    this.clip = (float) attention.clip();
    this.rope = config.layers().get(layer).rope();
    this.dropout = (float) attention.dropout();
    this.spec =
        new AttentionSpec(
            attention.heads(),
            attention.kvHeads(),
            attention.headDim(),
            (float) attention.scale(layer),
            config.layers().get(layer).slidingWindow(),
            (float) attention.softcap());
  }

  @Override
  public List<LinearLayer> linearLayers() {
    return Stream.of(query, key, value, fused, output).filter(Objects::nonNull).toList();
  }

  @Override
  public int inputBorder() {
    return LinearLayer.border(query, key, value, fused);
  }

  @Override
  public Variable forward(Tape tape, Variable x, ForwardContext context) {
    if (fused == null) {
      Variable q = query.forward(tape, x);
      Variable k = key.forward(tape, x);
      return forward(tape, q, k, value.forward(tape, x), context);
    }
    try (Variable all = fused.forward(tape, x)) {
      Variable q = fusedColumns.queries(tape, all);
      Variable k = fusedColumns.keys(tape, all);
      return forward(tape, q, k, fusedColumns.values(tape, all), context);
    }
  }

  /** Ends its inputs. */
  private Variable forward(
      Tape tape, Variable queries, Variable keys, Variable values, ForwardContext context) {
    try (Variable q = rotated(tape, clipped(tape, queries), queryNorm, context);
        Variable k = rotated(tape, clipped(tape, keys), keyNorm, context);
        Variable v = clipped(tape, values);
        Variable attended = attend(tape, q, k, v, context)) {
      return output.forward(tape, attended);
    }
  }

  /** c · min(max(x / c, −1), 1), where the family clips; ends its input. */
  private Variable clipped(Tape tape, Variable x) {
    if (clip == 0) {
      return x;
    }
    try (Variable input = x;
        Variable share = Scale.apply(tape, input, 1 / clip);
        Variable bounded = Activation.apply(tape, ActivationKind.HARD_TANH, share)) {
      return Scale.apply(tape, bounded, clip);
    }
  }

  /** Normalises and rotates, where the family does, in its order; ends its input. */
  private Variable rotated(Tape tape, Variable projected, Norm norm, ForwardContext context) {
    return normsRotated
        ? normed(tape, turned(tape, projected, context), norm)
        : turned(tape, normed(tape, projected, norm), context);
  }

  private static Variable normed(Tape tape, Variable x, Norm norm) {
    if (norm == null) {
      return x;
    }
    try (Variable input = x) {
      return norm.apply(tape, input);
    }
  }

  private Variable turned(Tape tape, Variable x, ForwardContext context) {
    if (rope == null) {
      return x;
    }
    try (Variable input = x) {
      Rope.Table table = context.ropes().get(rope);
      return Rope.apply(tape, input, spec.headDim(), table, context.positions());
    }
  }

  private Variable attend(Tape tape, Variable q, Variable k, Variable v, ForwardContext context) {
    KvCache cache = context.cache();
    int border = LinearLayer.border(output);
    if (cache == null) {
      return Attention.apply(tape, spec, context.segments(), dropout, q, k, v, border);
    }
    cache.store(layer, context.cacheRows(), k.value(), v.value());
    return Attention.apply(
        tape,
        spec,
        context.segments(),
        0,
        q,
        Variable.constant(cache.kept(layer).getFirst()),
        Variable.constant(cache.kept(layer).getLast()),
        border);
  }
}
