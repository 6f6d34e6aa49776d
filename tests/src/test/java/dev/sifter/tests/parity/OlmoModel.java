package dev.sifter.tests.parity;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Attention;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.RmsNorm;
import dev.sifter.engine.ops.Rope;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.tests.GoldenTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tiny OLMo 2 of the trace, op by op: norms after attention and after the feed-forward layer,
 * and norms of the whole query and key rows before rotation. Projections that the checkpoint fuses
 * are parts here: att_proj is q over k over v, ff_proj is up over gate.
 */
final class OlmoModel {
  private static final String PREFIX = "transformer.";
  private static final int LAYERS = 2;
  private static final int WIDTH = 32;
  private static final int HEADS = 4;
  private static final int HEAD_DIM = WIDTH / HEADS;
  private static final int HIDDEN = 64;
  private static final double THETA = 500_000;
  private static final float EPSILON = 1e-6f;

  private final OpWorkspace work;
  private final Tape tape;
  private final GoldenTensors weights;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, float[]> activations = new LinkedHashMap<>();
  private final Parameter head;

  /**
   * What the forward pass gave.
   *
   * @param hidden input of the head [T, width]
   * @param activations elements by the trace's names, token after token
   */
  record Output(Variable hidden, Map<String, float[]> activations) {}

  OlmoModel(OpWorkspace work, GoldenTensors weights) {
    this.work = work;
    this.tape = work.tape();
    this.weights = weights;
    this.head = whole("ff_out.weight");
  }

  /** The output projection [vocab, width]. */
  Parameter head() {
    return head;
  }

  /** Runs one document; once, since the weights are made on the way. */
  Output forward(int[] ids) {
    Segments document = Segments.packed(ids.length);
    Rope.Table rope = work.rope(THETA, HEAD_DIM, ids.length);
    Tensor positions = work.positions(1, ids.length);
    Parameter table = whole("wte.weight");
    Variable x = Embedding.apply(tape, table, ids, Embedding.NO_PADDING, 1, DType.F32);
    keep("embed", x);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "blocks." + layer + ".";
      x = Add.apply(tape, x, attention(block, x, document, rope, positions));
      x = keep(block + "output", Add.apply(tape, x, feedForward(block, x)));
    }
    Variable hidden = keep("ln_f", norm("ln_f", x));
    keep("logits", Linear.apply(tape, hidden, head, null));
    return new Output(hidden, activations);
  }

  private Variable attention(
      String block, Variable x, Segments document, Rope.Table rope, Tensor positions) {
    String fused = block + "att_proj";
    Variable q = Linear.apply(tape, x, part(fused, 0, WIDTH), null);
    Variable k = Linear.apply(tape, x, part(fused, WIDTH, 2 * WIDTH), null);
    Variable v = Linear.apply(tape, x, part(fused, 2 * WIDTH, 3 * WIDTH), null);
    keepSideBySide(fused + ".output", q, k, v);
    q = keep(block + "q_norm.output", norm(block + "q_norm", q));
    k = keep(block + "k_norm.output", norm(block + "k_norm", k));
    q = keep(block + "rope_q", Rope.apply(tape, q, HEAD_DIM, rope, positions));
    k = keep(block + "rope_k", Rope.apply(tape, k, HEAD_DIM, rope, positions));
    float scale = (float) (1 / Math.sqrt(HEAD_DIM));
    AttentionSpec spec = new AttentionSpec(HEADS, HEADS, HEAD_DIM, scale, 0, 0);
    Variable mixed = Attention.apply(tape, spec, document, q, k, v);
    keep(block + "attn_out.input", mixed);
    Variable out = Linear.apply(tape, mixed, whole(block + "attn_out.weight"), null);
    keep(block + "attn_out.output", out);
    return keep(block + "attn_norm.output", norm(block + "attn_norm", out));
  }

  private Variable feedForward(String block, Variable x) {
    String fused = block + "ff_proj";
    Variable up = Linear.apply(tape, x, part(fused, 0, HIDDEN), null);
    Variable gate = Linear.apply(tape, x, part(fused, HIDDEN, 2 * HIDDEN), null);
    keepSideBySide(fused + ".output", up, gate);
    Variable gated = GatedActivation.apply(tape, ActivationKind.SILU, gate, up);
    keep(block + "act.output", gated);
    Variable out = Linear.apply(tape, gated, whole(block + "ff_out.weight"), null);
    keep(block + "ff_out.output", out);
    return keep(block + "ff_norm.output", norm(block + "ff_norm", out));
  }

  private Variable norm(String name, Variable x) {
    return RmsNorm.apply(tape, x, whole(name + ".weight"), EPSILON, 0);
  }

  private Parameter whole(String name) {
    return parameter(name, weights.floats(PREFIX + name), weights.shape(PREFIX + name));
  }

  /** Rows from … to − 1 of a fused projection. */
  private Parameter part(String fused, int from, int to) {
    String name = fused + ".weight";
    float[] rows = Arrays.copyOfRange(weights.floats(PREFIX + name), from * WIDTH, to * WIDTH);
    return parameter(name, rows, to - from, WIDTH);
  }

  private Parameter parameter(String name, float[] values, long... dims) {
    Parameter parameter = work.trainable(name, values, dims);
    parameters.add(parameter);
    return parameter;
  }

  /** All weights, in the order of their use; parts of a fused one bear the same name. */
  List<Parameter> parameters() {
    return parameters;
  }

  private Variable keep(String name, Variable x) {
    activations.put(name, work.floats(x.value()));
    return x;
  }

  /** Keeps [T, a], [T, b], … as [T, a + b + …]. */
  private void keepSideBySide(String name, Variable... columns) {
    int width = Arrays.stream(columns).mapToInt(column -> column.value().width()).sum();
    float[] all = new float[columns[0].value().rows() * width];
    int at = 0;
    for (Variable column : columns) {
      float[] values = work.floats(column.value());
      int part = column.value().width();
      for (int row = 0; row * part < values.length; row++) {
        System.arraycopy(values, row * part, all, row * width + at, part);
      }
      at += part;
    }
    activations.put(name, all);
  }
}
