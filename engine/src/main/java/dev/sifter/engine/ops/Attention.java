package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Causal attention within documents (Vaswani et al. 2017; Dao et al. 2022). */
public final class Attention {
  private Attention() {}

  /**
   * {@link #apply(Tape, AttentionSpec, Segments, float, Variable, Variable, Variable, int)}, dense
   * and without dropout.
   */
  public static Variable apply(
      Tape tape, AttentionSpec spec, Segments segments, Variable q, Variable k, Variable v) {
    return apply(tape, spec, segments, 0, q, k, v, 0);
  }

  /**
   * out = drop(softmax(mask(q·kᵀ·scale)))·v, for every document and head.
   *
   * @param dropout probability of dropping one of the softmax, in training; where the backend
   *     {@link AttentionKernels#canDrop can}
   * @param q [queryRows, heads · headDim]
   * @param k [keyRows or more, kvHeads · headDim]
   * @param v as k
   * @param border columns on the right of the output that its readers ask for
   */
  public static Variable apply(
      Tape tape,
      AttentionSpec spec,
      Segments segments,
      float dropout,
      Variable q,
      Variable k,
      Variable v,
      int border) {
    Shapes.requireWidth("attention queries", q.value(), spec.queryWidth());
    Shapes.requireWidth("attention keys", k.value(), spec.kvWidth());
    Shapes.requireSame("attention keys and values", k.value(), v.value());
    Shapes.require(
        q.value().rows() == segments.queryRows() && k.value().rows() >= segments.keyRows(),
        "attention",
        "documents cover %d query and %d key rows"
            .formatted(segments.queryRows(), segments.keyRows()),
        q.value(),
        k.value());
    Tensor out = tape.allocate(q.value().dtype(), q.shape(), border);
    List<Variable> inputs = List.of(q, k, v);
    Tensor logSumExp =
        tape.records(inputs)
            ? tape.allocate(out.dtype().sums(), Shape.of(out.rows(), spec.heads()))
            : null;
    AttentionDropout dropped = dropout(tape, dropout);
    tape.backend()
        .attention()
        .attention(spec, segments, dropped, q.value(), k.value(), v.value(), out, logSumExp);
    return tape.saveOutput(
        tape.record(
            out,
            inputs,
            inputs,
            logSumExp == null ? List.of() : List.of(logSumExp),
            gradients -> backward(gradients, spec, segments, dropped, q, k, v, out, logSumExp)));
  }

  private static AttentionDropout dropout(Tape tape, float probability) {
    boolean drops = probability > 0 && tape.isTraining() && tape.backend().attention().canDrop();
    return drops ? new AttentionDropout(probability, tape.nextRandomStream()) : null;
  }

  /**
   * With dS = P·(dOut·vᵀ − rowsum(dOut·out)): dq = dS·k, dk = dSᵀ·q (both · scale), dv = Pᵀ·dOut.
   */
  private static void backward(
      Gradients gradients,
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Variable q,
      Variable k,
      Variable v,
      Tensor out,
      Tensor logSumExp) {
    Tensor dq = gradients.freshBordered(q);
    Tensor dk = gradients.freshBordered(k);
    Tensor dv = gradients.freshBordered(v);
    gradients
        .backend()
        .attention()
        .attentionBackward(
            spec,
            segments,
            dropout,
            gradients.output(),
            q.value(),
            k.value(),
            v.value(),
            out,
            logSumExp,
            dq,
            dk,
            dv);
    gradients.give(q, dq);
    gradients.give(k, dk);
    gradients.give(v, dv);
  }
}
