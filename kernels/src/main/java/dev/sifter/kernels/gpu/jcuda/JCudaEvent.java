package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.jcuda.DriverErrors.check;

import dev.sifter.kernels.gpu.GpuEvent;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A mark in a stream of the driver. */
final class JCudaEvent implements GpuEvent {
  private final JCudaGpu gpu;
  private final CUevent event = new CUevent();

  JCudaEvent(JCudaGpu gpu) {
    this.gpu = gpu;
    check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
  }

  CUevent handle() {
    return event;
  }

  @Override
  public void synchronize() {
    gpu.makeCurrent();
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
  }

  @Override
  public double millisSince(GpuEvent start) {
    gpu.makeCurrent();
    float[] millis = new float[1];
    check(
        "cuEventElapsedTime",
        JCudaDriver.cuEventElapsedTime(millis, ((JCudaEvent) start).event, event));
    return millis[0];
  }

  @Override
  public void close() {
    gpu.makeCurrent();
    check("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
  }
}
