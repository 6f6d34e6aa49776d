package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/** Counts copies into borders. */
record DryRunBorders(WorkLog log) implements BorderKernels {
  @Override
  public void paste(Tensor x, float factor, int firstColumn, Tensor out) {
    log.add(KernelWork.pointwise(1, x, out));
  }

  @Override
  public Tensor adopt(Tensor hostTensor, int border, int below, TensorArena arena) {
    long rows = hostTensor.shape().rows();
    return arena.allocate(
        hostTensor.dtype(), Shape.of(rows + below, hostTensor.shape().width()), border);
  }
}
