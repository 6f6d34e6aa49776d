package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The output head and the loss as one op: cross-entropy of softmax(h·Wᵀ), in chunks of rows, over
 * the label-bearing rows only.
 *
 * <p>The logits of a batch never exist at once. While a chunk's logits are there, they become their
 * own gradient, from which the gradients of h and W follow; so the forward pass does the backward
 * pass's work, and W's gradient is added to then. The loss must therefore be the root of the
 * backward pass, and 1/N must be known before (Wijmans et al. 2024; Liger-Kernel's fused linear
 * cross-entropy).
 *
 * <p>FLOPs: 2·R·H·V forward, as many for dh, as many for dW.
 */
public final class LinearCrossEntropy {
  /** Elements of a chunk of logits: 64 MiB in fp32. */
  private static final long CHUNK_ELEMENTS = 1L << 24;

  private static final int MAX_CHUNK_ROWS = 1024;
  private static final int ROW_MULTIPLE = 16;

  private LinearCrossEntropy() {}

  /**
   * How logits come from h·Wᵀ.
   *
   * @param scale factor of the product, usually 1
   * @param softcap logits become c · tanh(logits / c); 0 for none
   */
  public record Head(float scale, float softcap) {
    /** No scale, no soft cap. */
    public static final Head PLAIN = new Head(1, 0);
  }

  /**
   * The loss and what metrics need of each label-bearing row, in the order of the rows.
   *
   * @param total scalar [1], of hidden's type: gradientScale · Σ rowLoss; the root of the backward
   *     pass
   * @param rowLoss the cost of each row, nats
   * @param rowEntropy entropy of the prediction, nats
   * @param rowArgMax the most probable token
   */
  public record Loss(Variable total, double[] rowLoss, double[] rowEntropy, int[] rowArgMax) {
    /** Σ rowLoss, in double. */
    public double sum() {
      double sum = 0;
      for (double loss : rowLoss) {
        sum += loss;
      }
      return sum;
    }
  }

  /**
   * {@link #apply(Tape, Variable, Variable, Head, TokenLoss, int[], int[], float)} by likelihood.
   */
  public static Loss apply(
      Tape tape,
      Variable hidden,
      Variable weight,
      Head head,
      int[] rows,
      int[] targets,
      float gradientScale) {
    return apply(tape, hidden, weight, head, TokenLoss.NLL, rows, targets, gradientScale);
  }

  /**
   * Computes the loss; in training also the gradients of hidden and weight, for the total loss.
   *
   * @param hidden [T, H]
   * @param weight [V, H]
   * @param form what a row costs
   * @param rows which rows of hidden bear a label
   * @param targets the token that each of them predicts
   * @param gradientScale 1/N, N the label-bearing rows of the whole optimizer step
   */
  public static Loss apply(
      Tape tape,
      Variable hidden,
      Variable weight,
      Head head,
      TokenLoss form,
      int[] rows,
      int[] targets,
      float gradientScale) {
    Shapes.requireWidth("output head " + weight.shape(), hidden.value(), weight.shape().width());
    if (rows.length != targets.length) {
      throw new IllegalArgumentException(
          "%d rows but %d targets".formatted(rows.length, targets.length));
    }
    boolean train = tape.isTraining() && (hidden.requiresGradient() || weight.requiresGradient());
    Chunks chunks = new Chunks(tape, hidden, weight, head, form, rows, targets);
    Tensor rowIds = tape.upload(rows);
    Tensor dHidden = chunks.run(rowIds, train ? gradientScale : 0);
    Loss partial = chunks.download();
    Tensor total = scalar(tape, hidden.value().dtype(), partial.sum() * gradientScale);
    List<Tensor> extras = train ? List.of(rowIds, dHidden) : List.of(rowIds);
    Variable root =
        tape.record(
            total,
            List.of(hidden, weight),
            List.of(),
            extras,
            gradients -> backward(gradients, hidden, rowIds, dHidden));
    return new Loss(root, partial.rowLoss, partial.rowEntropy, partial.rowArgMax);
  }

  /** The loss in the activations' type: in a gradient check, fp32 would hide small differences. */
  private static Tensor scalar(Tape tape, DType dtype, double value) {
    Tensor scalar = tape.allocate(dtype, Shape.of(1));
    MemorySegment bytes =
        dtype == DType.F64
            ? MemorySegment.ofArray(new double[] {value})
            : MemorySegment.ofArray(new float[] {(float) value});
    tape.backend().upload(bytes, scalar);
    return scalar;
  }

  /** dHidden[rows[r]] += dh[r]; dh was computed with the loss. */
  private static void backward(
      Gradients gradients, Variable hidden, Tensor rowIds, Tensor dHidden) {
    Tensor target = gradients.addingInto(hidden);
    if (target != null) {
      gradients.backend().rows().scatterAdd(dHidden, rowIds, 1, target);
    }
  }

  /** The loop over chunks, with the buffers that all chunks share. */
  private static final class Chunks {
    private final Tape tape;
    private final Variable weight;
    private final Variable hidden;
    private final Head head;
    private final TokenLoss form;
    private final int[] targets;
    private final int chunkRows;
    private final Tensor loss;
    private final Tensor entropy;
    private final Tensor argMax;

    Chunks(
        Tape tape,
        Variable hidden,
        Variable weight,
        Head head,
        TokenLoss form,
        int[] rows,
        int[] targets) {
      this.tape = tape;
      this.hidden = hidden;
      this.weight = weight;
      this.head = head;
      this.form = form;
      this.targets = targets;
      long fitting = CHUNK_ELEMENTS / weight.shape().rows() / ROW_MULTIPLE * ROW_MULTIPLE;
      int bounded = Math.clamp(fitting, ROW_MULTIPLE, MAX_CHUNK_ROWS);
      this.chunkRows = Math.min(bounded, Math.max(rows.length, 1));
      DType dtype = hidden.value().dtype();
      this.loss = tape.allocate(dtype, Shape.of(rows.length));
      this.entropy = tape.allocate(dtype, Shape.of(rows.length));
      this.argMax = tape.allocate(DType.I32, Shape.of(rows.length));
    }

    /** Returns dh [R, H] if {@code gradientScale} is not 0, else null. */
    Tensor run(Tensor rowIds, float gradientScale) {
      Backend backend = tape.backend();
      Shape shape = Shape.of(targets.length, hidden.shape().width());
      DType dtype = hidden.value().dtype();
      Tensor h = tape.allocate(dtype, shape);
      backend.rows().gather(hidden.value(), rowIds, 1, h);
      Tensor dh = gradientScale == 0 ? null : tape.allocate(dtype, shape);
      Tensor targetIds = tape.upload(targets);
      Tensor logits = tape.allocate(dtype, Shape.of(chunkRows, weight.shape().rows()));
      for (int from = 0; from < targets.length; from += chunkRows) {
        int to = Math.min(from + chunkRows, targets.length);
        chunk(
            h.rows(from, to),
            ids(targetIds, from, to),
            logits.rows(0, to - from),
            from,
            to,
            dh,
            gradientScale);
      }
      tape.release(logits);
      tape.release(targetIds);
      tape.release(h);
      return dh;
    }

    private void chunk(
        Tensor h, Tensor target, Tensor logits, int from, int to, Tensor dh, float gradientScale) {
      Backend backend = tape.backend();
      Tensor w = weight.value();
      backend.linear().matmul(h, false, w, true, head.scale, 0, logits);
      Tensor capped = null;
      if (head.softcap != 0) {
        backend.loss().softcap(logits, head.softcap);
        if (dh != null) {
          capped = tape.allocate(logits.dtype(), logits.shape());
          backend.pointwise().cast(logits, capped);
        }
      }
      backend
          .loss()
          .crossEntropy(
              form,
              logits,
              target,
              gradientScale,
              ids(loss, from, to),
              ids(entropy, from, to),
              ids(argMax, from, to));
      if (dh != null) {
        if (capped != null) {
          backend.loss().softcapBackward(logits, capped, head.softcap);
          tape.release(capped);
        }
        backend.linear().matmul(logits, false, w, false, head.scale, 0, dh.rows(from, to));
        addWeightGradient(logits, h);
      }
    }

    /** dW += dLogitsᵀ·h. */
    private void addWeightGradient(Tensor dLogits, Tensor h) {
      if (weight instanceof Parameter parameter && parameter.requiresGradient()) {
        Gradients.Slot dw = parameter.gradientSlot();
        tape.backend().linear().matmul(dLogits, true, h, false, head.scale, dw.beta(), dw.tensor());
      }
    }

    Loss download() {
      double[] rowLoss = doubles(loss);
      double[] rowEntropy = doubles(entropy);
      int[] rowArgMax = new int[targets.length];
      tape.backend().download(argMax, MemorySegment.ofArray(rowArgMax));
      List.of(argMax, entropy, loss).forEach(tape::release);
      return new Loss(null, rowLoss, rowEntropy, rowArgMax);
    }

    private double[] doubles(Tensor source) {
      double[] wide = new double[targets.length];
      if (source.dtype() == DType.F64) {
        tape.backend().download(source, MemorySegment.ofArray(wide));
        return wide;
      }
      float[] narrow = new float[targets.length];
      tape.backend().download(source, MemorySegment.ofArray(narrow));
      Arrays.setAll(wide, i -> narrow[i]);
      return wide;
    }

    private static Tensor ids(Tensor vector, int from, int to) {
      return vector.reshape(vector.elements(), 1).rows(from, to).reshape(to - from);
    }
  }
}
