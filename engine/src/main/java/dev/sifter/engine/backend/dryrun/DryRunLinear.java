package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.tensor.Tensor;

/** Counts matrix products. */
record DryRunLinear(WorkLog log) implements LinearKernels {
  @Override
  public void matmul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float alpha,
      float beta,
      Tensor c) {
    log.add(KernelWork.matmul(a, b, transposeB, beta, c));
  }

  @Override
  public void addBias(Tensor y, Tensor bias) {
    log.add(KernelWork.pointwise(1, y, y, bias));
  }

  @Override
  public void biasBackward(Tensor dy, boolean accumulate, Tensor dBias) {
    log.add(KernelWork.pointwise(1, dy, dBias));
  }

  @Override
  public void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y) {
    log.add(KernelWork.pointwise(accumulate ? 2 : 1, x, factors, y));
  }

  @Override
  public void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    log.add(KernelWork.pointwise(2, a, a == b ? null : b, sums));
  }

  @Override
  public void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    log.add(KernelWork.pointwise(2, a, a == b ? null : b, sums));
  }
}
