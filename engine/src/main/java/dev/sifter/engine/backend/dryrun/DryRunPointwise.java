package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Tensor;

/** Counts pointwise functions. */
record DryRunPointwise(WorkLog log) implements PointwiseKernels {
  @Override
  public void add(Tensor a, Tensor b, Tensor out) {
    log.add(KernelWork.pointwise(1, a, b, out));
  }

  @Override
  public void scale(Tensor x, float factor, Tensor out) {
    log.add(KernelWork.pointwise(1, x, out));
  }

  @Override
  public void inverseRoot(Tensor x, Tensor y) {
    log.add(KernelWork.pointwise(2, x, y));
  }

  @Override
  public void fill(Tensor x, float value) {
    log.add(KernelWork.pointwise(0, x));
  }

  @Override
  public void cast(Tensor x, Tensor out) {
    log.add(KernelWork.pointwise(0, x, out));
  }

  @Override
  public void dequantize(
      Tensor codes,
      int bits,
      Tensor codeBook,
      Tensor scales,
      int blockSize,
      float offset,
      Tensor out) {
    log.add(KernelWork.pointwise(1, out, codes, codeBook, scales));
  }

  @Override
  public void activation(ActivationKind kind, Tensor x, Tensor y) {
    log.add(KernelWork.pointwise(4, x, y));
  }

  @Override
  public void activationBackward(
      ActivationKind kind, Tensor dy, Tensor x, boolean accumulate, Tensor dx) {
    log.add(KernelWork.pointwise(7, dy, x, dx));
  }

  @Override
  public void gated(ActivationKind kind, Tensor gate, Tensor up, Tensor y) {
    log.add(KernelWork.pointwise(5, gate, up, y));
  }

  @Override
  public void gatedBackward(
      ActivationKind kind, Tensor dy, Tensor gate, Tensor up, Tensor dGate, Tensor dUp) {
    log.add(KernelWork.pointwise(10, dy, gate, up, dGate, dUp));
  }

  @Override
  public void dropout(
      Tensor x, float probability, RandomStream stream, boolean accumulate, Tensor y) {
    log.add(KernelWork.pointwise(2, x, y));
  }
}
