package dev.sifter.kernels.gpu.blas;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuUnavailableException;

/** What cuBLAS's status codes, by NVIDIA's header, mean for the user. */
public final class CublasStatus {
  private CublasStatus() {}

  /**
   * Lets a call pass that succeeded.
   *
   * @throws GpuException naming the call, the code, and what helps
   */
  public static void check(String call, int status) {
    if (status != 0) {
      throw new GpuException(
          "cuBLAS refused: %s: %s%s".formatted(call, text(status), remedy(status)));
    }
  }

  /**
   * As {@link #check} of {@code cublasCreate}, without which there is no cuBLAS but a GPU all the
   * same.
   *
   * @throws GpuUnavailableException naming the code and what helps
   */
  public static void checkCreated(int status) {
    if (status != 0) {
      throw new GpuUnavailableException(
          "cuBLAS does not start: cublasCreate: %s; it needs a driver as new as its CUDA, and some"
                  .formatted(text(status))
              + " free memory of the GPU");
    }
  }

  private static String text(int status) {
    return "%s (%d)".formatted(name(status), status);
  }

  private static String name(int status) {
    return switch (status) {
      case 1 -> "CUBLAS_STATUS_NOT_INITIALIZED";
      case 3 -> "CUBLAS_STATUS_ALLOC_FAILED";
      case 7 -> "CUBLAS_STATUS_INVALID_VALUE";
      case 8 -> "CUBLAS_STATUS_ARCH_MISMATCH";
      case 11 -> "CUBLAS_STATUS_MAPPING_ERROR";
      case 13 -> "CUBLAS_STATUS_EXECUTION_FAILED";
      case 14 -> "CUBLAS_STATUS_INTERNAL_ERROR";
      case 15 -> "CUBLAS_STATUS_NOT_SUPPORTED";
      case 16 -> "CUBLAS_STATUS_LICENSE_ERROR";
      default -> "an unknown status";
    };
  }

  private static String remedy(int status) {
    return switch (status) {
      case 3 ->
          "; the GPU has too little memory left: lower per_device_train_batch_size or max_length";
      case 8, 15 -> "; name another version's file by -Dsifter.cublas";
      case 11, 13, 14 ->
          "; a kernel failed, maybe one before it: --device emulator runs them with checks";
      default -> "";
    };
  }
}
