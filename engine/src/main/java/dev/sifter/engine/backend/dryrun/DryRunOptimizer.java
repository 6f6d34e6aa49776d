package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;

/** Counts parameter updates. */
record DryRunOptimizer(WorkLog log) implements OptimizerKernels {
  @Override
  public void adamW(
      AdamWStep step, Tensor gradient, Tensor parameter, Tensor moment1, Tensor moment2) {
    log.add(
        KernelWork.pointwise(
            14, gradient, parameter, parameter, moment1, moment1, moment2, moment2));
  }

  @Override
  public double squaredNorm(Tensor x) {
    log.add(KernelWork.pointwise(2, x));
    return 0;
  }
}
