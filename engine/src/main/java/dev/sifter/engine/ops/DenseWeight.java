package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;

/**
 * A matrix of floating-point numbers, as checkpoints hold it.
 *
 * @param variable the numbers; may be of a narrower type than the activations
 * @param outputsFirst whether it is [out, in], as nearly everywhere; else [in, out], as GPT-2's
 *     Conv1D has it and PEFT calls {@code fan_in_fan_out}
 */
public record DenseWeight(Variable variable, boolean outputsFirst) implements LinearWeight {

  /** W as [out, in]. */
  public static DenseWeight of(Variable variable) {
    return new DenseWeight(variable, true);
  }

  @Override
  public int outputs() {
    return outputsFirst ? variable.value().rows() : variable.value().width();
  }

  @Override
  public int inputs() {
    return outputsFirst ? variable.value().width() : variable.value().rows();
  }

  @Override
  public Variable trained() {
    return variable;
  }

  @Override
  public Factor open(Workspace workspace) {
    return new Factor(variable.value(), outputsFirst, () -> {});
  }

  @Override
  public String toString() {
    return variable.shape() + (outputsFirst ? "" : " transposed");
  }
}
