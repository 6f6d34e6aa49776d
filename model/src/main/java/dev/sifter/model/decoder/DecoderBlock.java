package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.Scale;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One transformer block: h = x + mixer(x), which is attention in most, then h + mlp(h), or both of
 * x where they are parallel. A branch has norms before it, after it, or both; or the sum is
 * normalised.
 */
final class DecoderBlock {
  private final ModelConfig.Residual residual;
  private final boolean normFirst;
  private final Norm attentionNorm;
  private final Norm attentionPostNorm;
  private final Norm mlpNorm;
  private final Norm mlpPostNorm;
  private final TokenMixer mixer;
  private final Mlp mlp;

  DecoderBlock(ModelConfig config, ModelWeights weights, int layer) {
    this.residual = config.residual();
    this.normFirst = config.norm().first();
    this.attentionNorm = weights.norm(layer, Module.ATTENTION_NORM);
    this.mixer =
        switch (config.layers().get(layer).mixer()) {
          case ATTENTION -> new SelfAttention(config, weights, layer);
          case CONVOLUTION -> new ShortConvolution(config, weights, layer);
        };
    this.attentionPostNorm = weights.norm(layer, Module.ATTENTION_POST_NORM);
    Norm own = weights.norm(layer, Module.MLP_NORM);
    // Where parallel branches share a norm, each applies it: an output has one branch's border.
    this.mlpNorm = own == null && residual.parallel() ? attentionNorm : own;
    this.mlp = new Mlp(config, weights, layer);
    this.mlpPostNorm = weights.norm(layer, Module.MLP_POST_NORM);
  }

  List<LinearLayer> linearLayers() {
    List<LinearLayer> layers = new ArrayList<>(mixer.linearLayers());
    layers.addAll(mlp.linearLayers());
    return layers;
  }

  /**
   * The mixer, or the feed-forward part.
   *
   * @param border columns on the right of its input that it asks for
   */
  private record Inner(int border, UnaryOperator<Variable> forward) {}

  /** The block's output; its input stays the caller's. */
  Variable forward(Tape tape, Variable x, ForwardContext context) {
    Inner mix = new Inner(mixer.inputBorder(), in -> mixer.forward(tape, in, context));
    Inner feed = new Inner(mlp.inputBorder(), in -> mlp.forward(tape, in));
    if (residual.parallel()) {
      try (Variable a = branch(tape, x, attentionNorm, mix, attentionPostNorm);
          Variable m = branch(tape, x, mlpNorm, feed, mlpPostNorm);
          Variable both = Add.apply(tape, a, m)) {
        return Add.apply(tape, x, both);
      }
    }
    try (Variable h = add(tape, x, attentionNorm, mix, attentionPostNorm)) {
      return add(tape, h, mlpNorm, feed, mlpPostNorm);
    }
  }

  /** x + branch(norm(x)), or norm(x + branch(x)). */
  private Variable add(Tape tape, Variable x, Norm norm, Inner inner, Norm postNorm) {
    try (Variable change = branch(tape, x, normFirst ? norm : null, inner, postNorm)) {
      Variable sum = Add.apply(tape, x, change);
      return normFirst ? sum : replaced(sum, norm.apply(tape, sum));
    }
  }

  /** scale · postNorm(dropout(inner(norm(x)))). */
  private Variable branch(Tape tape, Variable x, Norm norm, Inner inner, Norm postNorm) {
    Variable out = norm == null ? inner.forward.apply(x) : normed(tape, x, norm, inner);
    out = replaced(out, Dropout.apply(tape, out, (float) residual.dropout()));
    if (postNorm != null) {
      out = replaced(out, postNorm.apply(tape, out));
    }
    if (residual.scale() != 1) {
      out = replaced(out, Scale.apply(tape, out, (float) residual.scale()));
    }
    return out;
  }

  private static Variable normed(Tape tape, Variable x, Norm norm, Inner inner) {
    try (Variable normed = norm.apply(tape, x, inner.border)) {
      return inner.forward.apply(normed);
    }
  }

  /** The second, after the first has ended. */
  private static Variable replaced(Variable before, Variable after) {
    if (before != after) {
      before.close();
    }
    return after;
  }
}
