package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How logits come from hidden states: c · tanh((g · Σ terms + apart + bias) / c).
 *
 * @param terms the head, and its adapter if it has one
 * @param lengths trained lengths of the head's rows; null for none
 * @param bias [V], or null
 * @param trained rows of the first term's weight that are trained apart; or null
 * @param softcap c; 0 for none
 */
public record LogitSum(
    List<Term> terms, Lengths lengths, Variable bias, TokenRows trained, float softcap) {

  /**
   * One summand: scale · hidden · weightᵀ.
   *
   * @param hidden [T, H]
   * @param weight [V, H]
   */
  public record Term(Variable hidden, Variable weight, float scale) {}

  /**
   * g = m/‖V‖ by word, as {@link TrainedLengths}.
   *
   * @param magnitude m [V]
   * @param inverseNorms 1/‖V‖ [V]
   * @param apart a summand that is not multiplied by g; or null
   */
  public record Lengths(Variable magnitude, Tensor inverseNorms, Term apart) {}

  /** The sum of these terms alone. */
  public LogitSum(List<Term> terms, float softcap) {
    this(terms, null, null, null, softcap);
  }

  /** All summands, the one that stands apart last. */
  public List<Term> all() {
    List<Term> all = new ArrayList<>(terms);
    if (lengths != null && lengths.apart != null) {
      all.add(lengths.apart);
    }
    return all;
  }

  /** What is trained through the logits, and what they come from. */
  List<Variable> inputs() {
    List<Variable> inputs = new ArrayList<>();
    all().forEach(term -> inputs.addAll(List.of(term.hidden, term.weight)));
    if (lengths != null) {
      inputs.add(lengths.magnitude);
    }
    if (bias != null) {
      inputs.add(bias);
    }
    if (trained != null) {
      inputs.add(trained.rows());
    }
    return inputs;
  }

  /**
   * Logits of some rows.
   *
   * @param h those rows of the hidden states of {@link #all}, [R, H] each
   * @param product receives Σ terms [R, V], for the gradient of m; or null
   * @param logits [R, V]
   */
  public void compute(Workspace workspace, List<Tensor> h, Tensor product, Tensor logits) {
    for (int i = 0; i < terms.size(); i++) {
      multiply(workspace, terms.get(i), h.get(i), i == 0 ? 0 : 1, logits);
    }
    if (lengths != null) {
      if (product != null) {
        workspace.backend().pointwise().cast(logits, product);
      }
      scaleByLengths(workspace, logits);
      if (lengths.apart != null) {
        multiply(workspace, lengths.apart, h.getLast(), 1, logits);
      }
    }
    if (bias != null) {
      workspace.backend().linear().addBias(logits, bias.value());
    }
    if (softcap != 0) {
      workspace.backend().loss().softcap(logits, softcap);
    }
  }

  private static void multiply(
      Workspace workspace, Term term, Tensor h, float beta, Tensor logits) {
    Tensor w = term.weight.value();
    workspace.backend().linear().matmul(h, false, w, true, term.scale, beta, logits);
  }

  /** x = g · x, of x [R, V]. */
  void scaleByLengths(Workspace workspace, Tensor x) {
    TrainedLengths.scale(workspace, x, lengths.magnitude, lengths.inverseNorms, false, x);
  }
}
