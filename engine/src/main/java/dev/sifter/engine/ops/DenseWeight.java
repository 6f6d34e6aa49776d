package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.tensor.Tensor;

/**
 * A matrix of floating-point numbers, as checkpoints hold it.
 *
 * @param variable the numbers; may be of a narrower type than the activations
 * @param outputsFirst whether it is [out, in], as nearly everywhere; else [in, out], as GPT-2's
 *     Conv1D has it and PEFT calls {@code fan_in_fan_out}
 * @param bordered the same matrix [out, in] in the midst of room for adapters, or null
 */
public record DenseWeight(Variable variable, boolean outputsFirst, BorderedMatrix bordered)
    implements LinearWeight {

  /** A matrix without room around it. */
  public DenseWeight(Variable variable, boolean outputsFirst) {
    this(variable, outputsFirst, null);
  }

  /** W as [out, in]. */
  public static DenseWeight of(Variable variable) {
    return new DenseWeight(variable, true);
  }

  /**
   * W as [out, in] in the midst of room.
   *
   * @param variable W, a view of the first rows of {@code whole}
   * @param whole W and the rows below it, the columns on the right as a border
   */
  public static DenseWeight within(Variable variable, Tensor whole) {
    return new DenseWeight(variable, true, new BorderedMatrix(whole, variable.value().rows()));
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
  public Room room() {
    return bordered == null ? Room.NONE : bordered.room();
  }

  @Override
  public Bordered openBordered(Workspace workspace) {
    return new Bordered(bordered, () -> {});
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
