package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.HostBackend;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;
import jdk.incubator.vector.FloatVector;

/**
 * All cores of this machine, through the Vector API.
 *
 * <p>Activations and their gradients are fp32; weights may also be bf16 or fp16, and are widened as
 * they are read. Loading this class needs the module {@code jdk.incubator.vector}, so it is opened
 * by reflection only.
 */
public final class CpuBackend extends HostBackend {
  private final CpuContext context;
  private final LinearKernels linear;
  private final NormKernels norm;
  private final AttentionKernels attention;
  private final ConvolutionKernels convolution;
  private final PointwiseKernels pointwise;
  private final RowKernels rows;
  private final LossKernels loss;
  private final OptimizerKernels optimizer;

  /**
   * A backend with threads of its own.
   *
   * @param threads how many compute, the caller's included
   */
  public CpuBackend(int threads) {
    context = new CpuContext(threads);
    linear = new CpuLinear(context);
    norm = new CpuNorm(context);
    attention = new CpuAttention(context);
    convolution = new CpuConvolution(context);
    pointwise = new CpuPointwise(context);
    rows = new CpuRows(context);
    loss = new CpuLoss(context);
    optimizer = new CpuOptimizer(context);
  }

  /** Opens the backend; {@code threads} compute, the caller's included. */
  public static Backend open(int threads) {
    return new CpuBackend(threads);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    int threads = context.threads();
    return "cpu: %d-bit SIMD, %d thread%s"
        .formatted(FloatVector.SPECIES_PREFERRED.vectorBitSize(), threads, threads == 1 ? "" : "s");
  }

  @Override
  public LinearKernels linear() {
    return linear;
  }

  @Override
  public NormKernels norm() {
    return norm;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public ConvolutionKernels convolution() {
    return convolution;
  }

  @Override
  public PointwiseKernels pointwise() {
    return pointwise;
  }

  @Override
  public RowKernels rows() {
    return rows;
  }

  @Override
  public LossKernels loss() {
    return loss;
  }

  @Override
  public OptimizerKernels optimizer() {
    return optimizer;
  }

  @Override
  public void close() {
    context.close();
  }
}
