package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.Work;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.tensor.DType;

/**
 * The least work of a case in fp32, as the dry run counts it.
 *
 * @param forward what the forward pass in training must do
 * @param backward what the backward pass must do, all gradients wanted
 */
public record OpWork(Work forward, Work backward) {

  /** Counts a case's work; takes no memory for its tensors. */
  public static OpWork of(OpCase opCase) {
    try (DryRunBackend backend = new DryRunBackend();
        PreparedCase prepared = PreparedCase.of(opCase, backend, DType.F32)) {
      prepared.forward();
      Work forward = backend.work();
      if (opCase.inputs().stream().noneMatch(OpInput::trained)) {
        return new OpWork(forward, Work.NONE);
      }
      prepared.values();
      Work both = backend.work();
      return new OpWork(
          forward,
          new Work(both.flops() - 2 * forward.flops(), both.bytes() - 2 * forward.bytes()));
    }
  }

  /** The work of both passes. */
  public Work total() {
    return forward.plus(backward);
  }
}
