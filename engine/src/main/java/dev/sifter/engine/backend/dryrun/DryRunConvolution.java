package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;

/** Counts convolutions. */
record DryRunConvolution(WorkLog log) implements ConvolutionKernels {
  @Override
  public void causalConvolution(Segments segments, Tensor x, Tensor filter, Tensor y) {
    log.add(KernelWork.pointwise(2.0 * filter.width(), y, y, filter));
  }

  @Override
  public void causalConvolutionBackward(
      Segments segments,
      Tensor dy,
      Tensor x,
      Tensor filter,
      boolean accumulate,
      Tensor dx,
      Tensor dFilter) {
    int products = dFilter == null ? 1 : 2;
    log.add(KernelWork.pointwise(2.0 * products * filter.width(), dy, x, filter, dx, dFilter));
  }
}
