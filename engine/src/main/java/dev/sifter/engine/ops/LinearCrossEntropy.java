package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

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
  private LinearCrossEntropy() {}

  /**
   * The loss, and what metrics need of each label-bearing row, in the order of the rows. The rows'
   * figures stay where they were computed until the first of them is asked for, which waits for
   * them: in training, after the backward pass was asked for too. That must be before their arena
   * is cleared.
   */
  public static final class Loss {
    private final Variable total;
    private final HeadChunks chunks;
    private HeadChunks.Figures figures;

    private Loss(Variable total, HeadChunks chunks) {
      this.total = total;
      this.chunks = chunks;
    }

    /**
     * Scalar [1], of the type of sums over hidden's: gradientScale · Σ rowLoss; the root of the
     * backward pass.
     */
    public Variable total() {
      return total;
    }

    /** Σ rowLoss, in double. */
    public double sum() {
      return DoubleStream.of(rowLoss()).reduce(0, Double::sum);
    }

    /** The cost of each row, nats. */
    public double[] rowLoss() {
      return figures().loss();
    }

    /** Entropy of each row's prediction, nats. */
    public double[] rowEntropy() {
      return figures().entropy();
    }

    /** The most probable token of each row. */
    public int[] rowArgMax() {
      return figures().argMax();
    }

    private HeadChunks.Figures figures() {
      if (figures == null) {
        figures = chunks.download();
      }
      return figures;
    }
  }

  /**
   * Computes the loss; in training also the gradients of every term's hidden and weight, for the
   * total loss.
   *
   * @param logits how they come from hidden states
   * @param form what a row costs
   * @param rows which rows of hidden bear a label
   * @param targets the token that each of them predicts
   * @param gradientScale 1/N, N the label-bearing rows of the whole optimizer step
   */
  public static Loss apply(
      Tape tape, LogitSum logits, TokenLoss form, int[] rows, int[] targets, float gradientScale) {
    List<Term> terms = logits.all();
    for (Term term : terms) {
      Tensor weight = term.weight().value();
      Shapes.requireWidth("output head", weight.shape(), term.hidden().value(), weight.width());
    }
    if (rows.length != targets.length) {
      throw new IllegalArgumentException(
          "%d rows but %d targets".formatted(rows.length, targets.length));
    }
    List<Variable> inputs = logits.inputs();
    boolean train = tape.isTraining() && inputs.stream().anyMatch(Variable::requiresGradient);
    HeadChunks chunks = new HeadChunks(tape, logits, form, targets);
    Tensor rowIds = tape.upload(rows);
    List<Tensor> dHidden = chunks.run(rowIds, train ? gradientScale : 0);
    List<Tensor> extras = new ArrayList<>(dHidden);
    extras.add(rowIds);
    Variable root =
        tape.record(
            chunks.total(gradientScale),
            inputs,
            List.of(),
            extras,
            gradients -> backward(gradients, terms, rowIds, dHidden));
    return new Loss(root, chunks);
  }

  /** dHidden[rows[r]] += dh[r], for every term; dh was computed with the loss. */
  private static void backward(
      Gradients gradients, List<Term> terms, Tensor rowIds, List<Tensor> dHidden) {
    for (int i = 0; i < terms.size(); i++) {
      Tensor target = gradients.addingInto(terms.get(i).hidden());
      if (target != null) {
        gradients.backend().rows().scatterAdd(dHidden.get(i), rowIds, 1, target);
      }
    }
  }
}
