package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Counts parameter updates. */
record DryRunOptimizer(WorkLog log) implements OptimizerKernels {
  @Override
  public void adamW(List<AdamWUpdate> updates, GradientScale scale) {
    for (AdamWUpdate u : updates) {
      log.add(
          KernelWork.pointwise(
              14,
              u.gradient(),
              u.parameter(),
              u.parameter(),
              u.moment1(),
              u.moment1(),
              u.moment2(),
              u.moment2()));
    }
  }

  @Override
  public double squaredNorm(Tensor x) {
    log.add(KernelWork.pointwise(2, x));
    return 0;
  }
}
