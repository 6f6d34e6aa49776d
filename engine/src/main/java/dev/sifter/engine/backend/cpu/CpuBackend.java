package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.memory.HostStorageProvider;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * All cores of this machine, through the Vector API.
 *
 * <p>Activations and their gradients are fp32; weights may also be bf16 or fp16, and are widened as
 * they are read. Loading this class needs the module {@code jdk.incubator.vector}, so it is opened
 * by reflection only.
 */
public final class CpuBackend implements Backend {
  private final CpuContext context;
  private final MemoryLedger ledger = new MemoryLedger();
  private final HostStorageProvider memory = new HostStorageProvider();
  private final LinearKernels linear;
  private final NormKernels norm;
  private final AttentionKernels attention;
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
  public MemoryLedger ledger() {
    return ledger;
  }

  @Override
  public TensorArena newArena(String name) {
    return new TensorArena(name, memory, ledger, 0);
  }

  @Override
  public TensorArena newStepArena(String name) {
    return new TensorArena(name, memory, ledger, TensorArena.STEP_SLAB_BYTES);
  }

  @Override
  public Tensor adopt(Tensor hostTensor, TensorArena arena) {
    if (!(hostTensor.storage() instanceof Storage.Host)) {
      throw new IllegalArgumentException(hostTensor + " does not lie in host memory");
    }
    return hostTensor;
  }

  @Override
  public void upload(MemorySegment source, Tensor target) {
    copy(source, target.segment());
  }

  @Override
  public void download(Tensor source, MemorySegment target) {
    copy(source.segment(), target);
  }

  private static void copy(MemorySegment source, MemorySegment target) {
    if (source.byteSize() != target.byteSize()) {
      throw new IllegalArgumentException(
          "cannot copy %d bytes to %d".formatted(source.byteSize(), target.byteSize()));
    }
    target.copyFrom(source);
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
