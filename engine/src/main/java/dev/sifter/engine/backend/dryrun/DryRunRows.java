package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.tensor.Tensor;

/** Counts rows moved. */
record DryRunRows(WorkLog log) implements RowKernels {
  @Override
  public void gather(Tensor table, Tensor rows, float scale, Tensor y) {
    log.add(KernelWork.pointwise(scale == 1 ? 0 : 1, y, y));
  }

  @Override
  public void scatter(Tensor x, Tensor rows, Tensor y) {
    log.add(KernelWork.pointwise(0, x, x));
  }

  @Override
  public void scatterAdd(Tensor dy, Tensor rows, float scale, Tensor dTable) {
    log.add(KernelWork.pointwise(1, dy, dy, dy));
  }
}
