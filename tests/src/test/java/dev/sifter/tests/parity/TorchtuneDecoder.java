package dev.sifter.tests.parity;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Attention;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;

/**
 * The decoders of torchtune's tests, op by op. Every parameter of n elements is lo, lo + step, …
 * with step (hi − lo)/n, in row-major order, and so a function of its shape alone.
 *
 * <p>torchtune rotates the pairs (2i, 2i + 1) of a head where this engine rotates (i, i +
 * headDim/2). Permuting the output rows of q and k, in the base weights and in B, makes up for it,
 * since q·k does not depend on the order of a head's elements.
 */
final class TorchtuneDecoder {
  private static final float EPSILON = 1e-5f;
  private static final int RANK = 4;
  private static final float ALPHA = 1;

  /**
   * What differs between the tests' models.
   *
   * @param hidden width of the feed-forward layers
   * @param theta base of the rotary angles
   */
  record Sizes(
      int vocab,
      int layers,
      int width,
      int heads,
      int kvHeads,
      int hidden,
      double theta,
      double lo,
      double hi) {
    int headDim() {
      return width / heads;
    }
  }

  private final OpWorkspace work;
  private final Tape tape;
  private final Sizes sizes;
  private final Set<String> adapted;
  private final Segments segments;
  private final Rope.Table rope;
  private final Tensor positions;

  /**
   * A model for a batch of equally long sequences.
   *
   * @param adapted LoRA modules by torchtune's names; "mlp" means w1, w2 and w3
   */
  TorchtuneDecoder(OpWorkspace work, Sizes sizes, Set<String> adapted, int sequences, int length) {
    this.work = work;
    this.tape = work.tape();
    this.sizes = sizes;
    this.adapted = adapted;
    int[] lengths = new int[sequences];
    Arrays.fill(lengths, length);
    this.segments = Segments.packed(lengths);
    this.rope = work.rope(sizes.theta, sizes.headDim(), length);
    this.positions = work.positions(sequences, length);
  }

  /** Logits [tokens, vocab]. */
  Variable logits(int[] ids, boolean finalNorm) {
    Variable table = filled(sizes.vocab, sizes.width);
    Variable x = Embedding.apply(tape, table, ids, Embedding.NO_PADDING, 1, DType.F32);
    for (int layer = 0; layer < sizes.layers; layer++) {
      x = Add.apply(tape, x, selfAttention(norm(x)));
      x = Add.apply(tape, x, feedForward(norm(x)));
    }
    return projection("output", finalNorm ? norm(x) : x, sizes.vocab, false);
  }

  /** Causal self-attention with its four projections. */
  Variable selfAttention(Variable x) {
    int headDim = sizes.headDim();
    int kvWidth = sizes.kvHeads * headDim;
    Variable q = projection("q_proj", x, sizes.width, true);
    Variable k = projection("k_proj", x, kvWidth, true);
    Variable v = projection("v_proj", x, kvWidth, false);
    float scale = (float) (1 / Math.sqrt(headDim));
    Variable out =
        Attention.apply(
            tape,
            new AttentionSpec(sizes.heads, sizes.kvHeads, headDim, scale, 0, 0),
            segments,
            Rope.apply(tape, q, headDim, rope, positions),
            Rope.apply(tape, k, headDim, rope, positions),
            v);
    return projection("output_proj", out, sizes.width, false);
  }

  /** w2(silu(w1·x) · w3·x). */
  private Variable feedForward(Variable x) {
    Variable gate = projection("mlp", x, sizes.hidden, false);
    Variable up = projection("mlp", x, sizes.hidden, false);
    Variable gated = GatedActivation.apply(tape, ActivationKind.SILU, gate, up);
    return projection("mlp", gated, sizes.width, false);
  }

  private Variable norm(Variable x) {
    return RmsNorm.apply(tape, x, filled(1, sizes.width), EPSILON, 0);
  }

  private Variable projection(String module, Variable x, int out, boolean rotated) {
    int in = x.value().width();
    Variable weight = rotated ? halfSplit(out, in) : filled(out, in);
    if (!adapted.contains(module)) {
      return Linear.apply(tape, x, weight, null);
    }
    Variable b = rotated ? halfSplit(out, RANK) : filled(out, RANK);
    LoraAdapter adapter = new LoraAdapter(filled(RANK, in), b, ALPHA / RANK, 0);
    return LoraLinear.apply(tape, x, DenseWeight.of(weight), null, adapter);
  }

  private Variable filled(int rows, int width) {
    double step = (sizes.hi - sizes.lo) / ((double) rows * width);
    return work.matrix(rows, width, i -> sizes.lo + i * step);
  }

  /** As {@link #filled}, row 2i + j of each head moved to row i + j · headDim/2. */
  private Variable halfSplit(int rows, int width) {
    double step = (sizes.hi - sizes.lo) / ((double) rows * width);
    int headDim = sizes.headDim();
    return work.matrix(
        rows,
        width,
        i -> {
          int row = (int) (i / width);
          int inHead = row % headDim;
          int from = row - inHead + inHead % (headDim / 2) * 2 + inHead / (headDim / 2);
          return sizes.lo + ((long) from * width + i % width) * step;
        });
  }
}
