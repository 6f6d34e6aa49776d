package dev.sifter.engine.backend.reference;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.HostBackend;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;

/**
 * The textbook: every kernel as plain loops on one thread, in double precision, rounded once. Slow
 * on purpose. The other backends are measured against it, and a reader begins here.
 */
public final class ReferenceBackend extends HostBackend {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "reference: plain loops in double precision on one thread";
  }

  @Override
  public LinearKernels linear() {
    return new ReferenceLinear();
  }

  @Override
  public NormKernels norm() {
    return new ReferenceNorm();
  }

  @Override
  public AttentionKernels attention() {
    return new ReferenceAttention();
  }

  @Override
  public ConvolutionKernels convolution() {
    return new ReferenceConvolution();
  }

  @Override
  public PointwiseKernels pointwise() {
    return new ReferencePointwise();
  }

  @Override
  public RowKernels rows() {
    return new ReferenceRows();
  }

  @Override
  public LossKernels loss() {
    return new ReferenceLoss();
  }

  @Override
  public OptimizerKernels optimizer() {
    return new ReferenceOptimizer();
  }

  @Override
  public void close() {
    // Arenas are closed by their owners.
  }
}
