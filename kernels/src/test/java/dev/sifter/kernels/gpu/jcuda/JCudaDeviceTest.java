package dev.sifter.kernels.gpu.jcuda;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuContract;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import org.junit.jupiter.api.Tag;

/** The contract on a real device. */
@Tag("gpu")
class JCudaDeviceTest extends GpuContract {
  @Override
  protected Gpu open() {
    try {
      return JCudaGpu.open(0);
    } catch (GpuUnavailableException unavailable) {
      return abort(unavailable.getMessage());
    }
  }
}
