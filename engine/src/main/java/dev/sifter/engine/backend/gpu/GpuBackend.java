package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.BorderKernels;
import dev.sifter.engine.backend.ConvolutionKernels;
import dev.sifter.engine.backend.LinearKernels;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.backend.OptimizerKernels;
import dev.sifter.engine.backend.PointwiseKernels;
import dev.sifter.engine.backend.RowKernels;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.ptx.PtxTarget;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A GPU: NVIDIA's through the driver, or the emulator. The PTX that runs is the same.
 *
 * <p>Tensors lie in device memory; activations may be fp32, bf16 or fp16, as may frozen weights,
 * which are copied to the device once, in their file's own type. All work goes into one stream, in
 * order, with sums of fixed order, so the same inputs give the same bits. Kernels return before
 * they have run; a download waits for them.
 */
public final class GpuBackend implements Backend {
  /** What all kernels are assembled for. */
  private static final PtxTarget TARGET = PtxTarget.SM_80;

  /** A product by a head reaches a GPU's full rate from a thousand rows on: 256 MiB in bf16. */
  private static final long CHUNK_ELEMENTS = 1L << 27;

  private final String name;
  private final GpuDevices.Choice<Gpu> device;
  private final DType activationType;
  private final MemoryLedger ledger = new MemoryLedger();
  private final WorkQueue queue;
  private final GpuMemory memory;
  private final GpuContext context;
  private final Products products;
  private final LinearKernels linear;
  private final NormKernels norm;
  private final AttentionKernels attention;
  private final GpuBorders borders;
  private final ConvolutionKernels convolution;
  private final PointwiseKernels pointwise;
  private final RowKernels rows;
  private final LossKernels loss;
  private final OptimizerKernels optimizer;

  /**
   * A backend on a device, which it closes with itself.
   *
   * @param name as in {@code --device}
   * @param activationType F32 or BF16
   */
  public GpuBackend(String name, GpuDevices.Choice<Gpu> device, DType activationType) {
    this.name = name;
    this.device = device;
    this.activationType = activationType;
    Gpu gpu = device.what();
    queue = new WorkQueue(gpu, TARGET);
    memory = new GpuMemory(gpu, queue);
    context = new GpuContext(queue, memory, ledger);
    products = new Products(context, gpu);
    linear = new GpuLinear(context, products);
    norm = new GpuNorm(context);
    attention = new GpuAttention(context);
    borders = new GpuBorders(context);
    convolution = new GpuConvolution(context);
    pointwise = new GpuPointwise(context, borders, new RandomNumbers(context));
    rows = new GpuRows(context);
    loss = new GpuLoss(context);
    optimizer = new GpuOptimizer(context);
  }

  /**
   * Opens a device and a backend on it.
   *
   * @param name {@code gpu}, {@code gpu:1} for the second one, or {@code emulator}
   * @param activationType F32 or BF16
   * @throws GpuUnavailableException if it cannot be had, or is too old: what is missing
   */
  public static GpuBackend open(String name, DType activationType) {
    GpuDevices.Choice<Gpu> device = GpuDevices.open(name);
    try {
      GpuProperties properties = device.what().properties();
      if (!properties.supports(TARGET)) {
        throw new GpuUnavailableException(
            "%s is of compute capability %d.%d; the kernels need 8.0 (Ampere) or newer: choose"
                    .formatted(
                        properties.name(), properties.computeMajor(), properties.computeMinor())
                + " --device cpu");
      }
      return new GpuBackend(name, device, activationType);
    } catch (RuntimeException e) {
      device.what().close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "%s; activations in %s; products by %s"
        .formatted(device.why(), activationType, products.description());
  }

  @Override
  public String report() {
    return queue.report();
  }

  /** Measures what {@code work} takes of the device's time, launch by launch. */
  public WorkProfile profile(Runnable work) {
    WorkProfile profile = new WorkProfile();
    queue.profileTo(profile);
    try {
      work.run();
    } finally {
      queue.profileTo(null);
    }
    return profile;
  }

  @Override
  public DType activationType() {
    return activationType;
  }

  @Override
  public long chunkElements() {
    return CHUNK_ELEMENTS;
  }

  /** What the device is. */
  public GpuProperties properties() {
    return device.what().properties();
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
  public Optional<BorderKernels> borders() {
    return Optional.of(borders);
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
    // One after the other, and each also if another fails: on a lost device all of them do.
    try (Gpu _ = device.what();
        queue;
        context;
        products) {
      // Closing is all.
    }
  }
}
