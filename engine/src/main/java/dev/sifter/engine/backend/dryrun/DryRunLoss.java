package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.Tensor;

/** Counts cross-entropies. */
record DryRunLoss(WorkLog log) implements LossKernels {
  @Override
  public void crossEntropy(
      TokenLoss form,
      Tensor logits,
      Tensor targets,
      float gradientScale,
      Tensor loss,
      Tensor entropy,
      Tensor argMax) {
    log.add(
        gradientScale == 0
            ? KernelWork.pointwise(4, logits)
            : KernelWork.pointwise(6, logits, logits));
  }

  @Override
  public void softcap(Tensor x, float softcap) {
    log.add(KernelWork.pointwise(3, x, x));
  }

  @Override
  public void softcapBackward(Tensor dy, Tensor y, float softcap) {
    log.add(KernelWork.pointwise(4, dy, dy, y));
  }
}
