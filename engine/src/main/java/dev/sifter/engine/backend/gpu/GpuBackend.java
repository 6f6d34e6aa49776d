package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuProperties;
import java.lang.foreign.MemorySegment;

/**
 * A GPU: NVIDIA's through the driver, or the emulator. The PTX that runs is the same.
 *
 * <p>Tensors lie in device memory; activations may be fp32, bf16 or fp16, as may frozen weights,
 * which are copied to the device once, in their file's own type. All work goes into one stream, in
 * order, with sums of fixed order, so the same inputs give the same bits. Kernels return before
 * they have run; a download waits for them.
 */
public final class GpuBackend implements Backend {
  private final String name;
  private final Gpu gpu;
  private final MemoryLedger ledger = new MemoryLedger();
  private final GpuMemory memory;
  private final GpuContext context;
  private final LinearKernels linear;
  private final NormKernels norm;
  private final GpuAttention attention;
  private final PointwiseKernels pointwise;
  private final RowKernels rows;
  private final LossKernels loss;
  private final OptimizerKernels optimizer;

  /**
   * A backend on a device, which it closes with itself.
   *
   * @param name as in {@code --device}
   */
  public GpuBackend(String name, Gpu gpu) {
    this.name = name;
    this.gpu = gpu;
    memory = new GpuMemory(gpu);
    context = new GpuContext(gpu, memory, ledger);
    linear = new GpuLinear(context);
    norm = new GpuNorm(context);
    attention = new GpuAttention(context, memory);
    pointwise = new GpuPointwise(context);
    rows = new GpuRows(context);
    loss = new GpuLoss(context);
    optimizer = new GpuOptimizer(context);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    GpuProperties device = gpu.properties();
    return "%s: %s, compute capability %d.%d, %d multiprocessors, %d MiB"
        .formatted(
            name,
            device.name(),
            device.computeMajor(),
            device.computeMinor(),
            device.multiprocessors(),
            device.memoryBytes() >> 20);
  }

  @Override
  public MemoryLedger ledger() {
    return ledger;
  }

  @Override
  public TensorArena newArena(String arena) {
    return new TensorArena(arena, memory, ledger, 0);
  }

  @Override
  public TensorArena newStepArena(String arena) {
    return new TensorArena(arena, memory, ledger, TensorArena.STEP_SLAB_BYTES);
  }

  @Override
  public Tensor adopt(Tensor hostTensor, TensorArena arena) {
    if (hostTensor.storage() instanceof DeviceStorage) {
      return hostTensor;
    }
    Tensor copy = arena.allocate(hostTensor.dtype(), hostTensor.shape());
    upload(hostTensor.segment(), copy);
    return copy;
  }

  @Override
  public void upload(MemorySegment source, Tensor target) {
    context.upload(source, target);
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
    attention.close();
    context.close();
    gpu.close();
  }
}
