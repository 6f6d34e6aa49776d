package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import java.util.List;

/**
 * An op at one set of shapes and inputs.
 *
 * @param name unique within the op
 * @param inputs what it reads
 * @param body runs it
 * @param lossRoot whether the output is a scalar loss that must be the root of the backward pass;
 *     else the check gives the output a random gradient
 * @param cancelling how large the terms are that cancel in a result, where they are larger than the
 *     result's largest element: rounding errors are a part of them
 */
public record OpCase(
    String name, List<OpInput> inputs, Body body, boolean lossRoot, double cancelling) {

  /** Runs an op on a tape. */
  @FunctionalInterface
  public interface Body {
    /**
     * Applies the op. Values beside the output, or of kernels that no tape records, are {@linkplain
     * Operands#report reported}.
     *
     * @return the op's output, or null where everything is reported
     */
    Variable apply(Tape tape, Operands operands);
  }

  /** A case whose output, if any, receives a random gradient. */
  public static OpCase of(String name, Body body, OpInput... inputs) {
    return new OpCase(name, List.of(inputs), body, false, 0);
  }

  /** A case whose output is a loss. */
  public static OpCase ofLoss(String name, Body body, OpInput... inputs) {
    return new OpCase(name, List.of(inputs), body, true, 0);
  }

  /** The same case, in whose results terms of this size cancel. */
  public OpCase cancelling(double termSize) {
    return new OpCase(name, inputs, body, lossRoot, termSize);
  }

  @Override
  public String toString() {
    return name;
  }
}
