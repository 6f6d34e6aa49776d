package dev.sifter.train.cli;

import dev.sifter.kernels.gpu.CudaProbe;
import java.util.List;

/** What {@code sifter doctor} says about the GPU. */
final class GpuChecks {
  /** The versions of CUDA whose cuBLAS can be used. */
  private static final int OLDEST = 11;

  private static final int NEWEST = 13;

  private GpuChecks() {}

  /** The findings about the GPU, its driver and cuBLAS, from what {@code probe} saw. */
  static List<Finding> all(CudaProbe probe) {
    return List.of(gpu(probe), driver(probe), cublas(probe));
  }

  private static Finding gpu(CudaProbe probe) {
    if (!probe.gpus().isEmpty()) {
      return Finding.ok("gpu", String.join(", ", probe.gpus()));
    }
    return probe.driver().isPresent()
        ? Finding.ok("gpu", "not named by the system; the driver's library is there")
        : Finding.absent("gpu", "no NVIDIA GPU: training runs on the CPU", "");
  }

  private static Finding driver(CudaProbe probe) {
    if (probe.driver().isEmpty()) {
      return Finding.absent(
          "gpu driver",
          "neither libcuda.so.1 nor nvcuda.dll in the library folders",
          "with an NVIDIA GPU, install NVIDIA's driver, version 525 or newer");
    }
    String version = probe.driverVersion().map(number -> number + ", ").orElse("");
    return Finding.ok("gpu driver", version + probe.driver().get());
  }

  private static Finding cublas(CudaProbe probe) {
    String remedy =
        "install cuBLAS of CUDA 12 (package libcublas-12-x) and name its folder in"
            + " LD_LIBRARY_PATH, or PATH on Windows";
    if (probe.cublas().isEmpty()) {
      return Finding.absent(
          "cublas", "neither libcublas.so nor cublas64.dll: own kernels multiply", remedy);
    }
    int version = probe.cublasVersion().orElse(0);
    String found = "CUDA %d, %s".formatted(version, probe.cublas().get());
    return version >= OLDEST && version <= NEWEST
        ? Finding.ok("cublas", found)
        : Finding.absent(
            "cublas", found + ": not one of CUDA %d to %d".formatted(OLDEST, NEWEST), remedy);
  }
}
