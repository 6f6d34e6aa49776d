package dev.sifter.engine.ops;

import dev.sifter.engine.tensor.Tensor;

/** How the matrix of a linear layer lies in checkpoints. */
public enum WeightLayout {
  /** [out, in], one row an output: nearly every family. */
  OUT_IN,
  /** [in, out]: GPT-2's Conv1D; PEFT calls it {@code fan_in_fan_out}. */
  IN_OUT;

  /** Outputs of a layer with this weight. */
  public int outputs(Tensor weight) {
    return this == OUT_IN ? weight.rows() : weight.width();
  }

  /** Inputs of a layer with this weight. */
  public int inputs(Tensor weight) {
    return this == OUT_IN ? weight.width() : weight.rows();
  }
}
