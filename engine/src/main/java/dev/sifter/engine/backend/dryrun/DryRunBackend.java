package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.backend.Work;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.StorageProvider;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Computes nothing and takes no memory: it counts the work of every kernel and the bytes of every
 * arena. A training step on it tells what the same step will take, since arenas place blocks the
 * same way whether or not there are bytes behind them.
 */
public final class DryRunBackend implements Backend {
  private final MemoryLedger ledger = new MemoryLedger();
  private final StorageProvider provider = new VirtualStorageProvider();
  private final WorkLog log;
  private final DType activationType;

  private static final class VirtualStorageProvider implements StorageProvider {
    @Override
    public Storage reserve(long bytes) {
      return new Storage.Virtual(bytes);
    }

    @Override
    public void release(Storage storage) {
      // There are no bytes behind a virtual storage.
    }
  }

  /** A dry run that counts work, but knows no device to time it by. */
  public DryRunBackend() {
    this(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, DType.F32);
  }

  /** A dry run that also times the work on a device with these rates and activations. */
  public DryRunBackend(double flopsPerSecond, double bytesPerSecond, DType activationType) {
    this.log = new WorkLog(flopsPerSecond, bytesPerSecond);
    this.activationType = activationType;
  }

  /** Seconds that the device needs at least for all kernels so far. */
  public double seconds() {
    return log.seconds();
  }

  /** The work of all kernels so far. */
  public Work work() {
    return log.total();
  }

  @Override
  public String name() {
    return "dryrun";
  }

  @Override
  public String description() {
    return "dryrun: shapes only, nothing is computed";
  }

  @Override
  public DType activationType() {
    return activationType;
  }

  @Override
  public MemoryLedger ledger() {
    return ledger;
  }

  @Override
  public TensorArena newArena(String name) {
    return new TensorArena(name, provider, ledger, 0);
  }

  @Override
  public TensorArena newStepArena(String name) {
    return new TensorArena(name, provider, ledger, TensorArena.STEP_SLAB_BYTES);
  }

  @Override
  public Tensor adopt(Tensor hostTensor, TensorArena arena) {
    return hostTensor;
  }

  @Override
  public void upload(MemorySegment source, Tensor target) {
    // There is nowhere to copy to.
  }

  @Override
  public LinearKernels linear() {
    return new DryRunLinear(log);
  }

  @Override
  public NormKernels norm() {
    return new DryRunNorm(log);
  }

  @Override
  public AttentionKernels attention() {
    return new DryRunAttention(log);
  }

  @Override
  public ConvolutionKernels convolution() {
    return new DryRunConvolution(log);
  }

  @Override
  public PointwiseKernels pointwise() {
    return new DryRunPointwise(log);
  }

  @Override
  public RowKernels rows() {
    return new DryRunRows(log);
  }

  @Override
  public LossKernels loss() {
    return new DryRunLoss(log);
  }

  @Override
  public OptimizerKernels optimizer() {
    return new DryRunOptimizer(log);
  }

  @Override
  public void close() {
    // Nothing was opened.
  }
}
