package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Kernels of one device, assembled and loaded when they are first used. */
public final class LoadedKernels {
  private final Gpu gpu;
  private final PtxTarget target;
  private final Map<Kernel, GpuKernel> loaded = new HashMap<>();

  /** For a device, with the kernels' text for one target. */
  public LoadedKernels(Gpu gpu, PtxTarget target) {
    this.gpu = gpu;
    this.target = target;
  }

  /** The kernel, ready to be launched. */
  public GpuKernel get(Kernel kernel) {
    return loaded.computeIfAbsent(kernel, key -> gpu.load(key.assemble(target)));
  }

  /** Puts launches into a stream, in order. */
  public void run(GpuStream stream, List<Launch> launches) {
    for (Launch launch : launches) {
      stream.launch(get(launch.kernel()), launch.grid(), launch.arguments().toArray());
    }
  }
}
