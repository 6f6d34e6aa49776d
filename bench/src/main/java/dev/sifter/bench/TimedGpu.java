package dev.sifter.bench;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.inspect.DeviceTimer;
import dev.sifter.kernels.ptx.PtxTarget;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A GPU, its clock, and what its own copy reaches. */
@State(Scope.Benchmark)
public class TimedGpu {
  /** Which GPU. */
  @Param({"gpu"})
  public String device;

  Gpu gpu;
  DeviceTimer timer;
  double copyBytesPerSecond;

  /** Opens the GPU, and measures its copy. */
  @Setup
  public void open() {
    gpu = GpuDevices.open(device).what();
    timer = new DeviceTimer(gpu, PtxTarget.SM_80);
    copyBytesPerSecond = timer.copyBytesPerSecond();
  }

  /** Closes it. */
  @TearDown
  public void close() {
    gpu.close();
  }
}
