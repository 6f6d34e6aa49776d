package dev.sifter.kernels.gpu.jcuda;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuLostException;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.KernelFaultException;
import jcuda.driver.CUresult;

/** What the driver's error codes mean for the user. */
final class DriverErrors {
  private DriverErrors() {}

  /**
   * Lets a call pass that succeeded.
   *
   * @throws GpuException of the kind that fits the code
   */
  static void check(String call, int result) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw exception(call, result);
    }
  }

  static GpuException exception(String call, int result) {
    String said = "%s: %s (%d)".formatted(call, CUresult.stringFor(result), result);
    return switch (result) {
      case CUresult.CUDA_ERROR_NO_DEVICE ->
          new GpuUnavailableException(
              "the driver sees no GPU; is it switched off for this process by CUDA_VISIBLE_DEVICES?"
                  + " "
                  + said);
      case CUresult.CUDA_ERROR_INVALID_DEVICE ->
          new GpuUnavailableException(
              "there is no GPU of that number; the first is --device gpu:0, and those that"
                  + " CUDA_VISIBLE_DEVICES leaves out do not count: "
                  + said);
      case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE ->
          new GpuUnavailableException(
              "the GPU is closed to this process: another one has it to itself, or its compute mode"
                  + " allows none (nvidia-smi -q -d COMPUTE says): "
                  + said);
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          new GpuException(
              "no memory is left on the GPU, or for page-locked memory of the host; end other"
                  + " processes that hold some (nvidia-smi lists them): "
                  + said);
      case CUresult.CUDA_ERROR_NOT_INITIALIZED,
          CUresult.CUDA_ERROR_STUB_LIBRARY,
          CUresult.CUDA_ERROR_SYSTEM_NOT_READY,
          CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
          CUresult.CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE ->
          new GpuUnavailableException(
              "NVIDIA's driver does not work; install version 525 or newer and restart: " + said);
      case CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND ->
          new GpuException(
              "the driver cannot assemble a kernel; PTX 8.0 needs version 525 or newer: " + said);
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ASSERT,
          CUresult.CUDA_ERROR_LAUNCH_FAILED ->
          new KernelFaultException(
              "a kernel failed, and with it all that lay on the GPU; --device emulator names the"
                  + " line. "
                  + said);
      case CUresult.CUDA_ERROR_LAUNCH_TIMEOUT ->
          new KernelFaultException(
              "a kernel took longer than a GPU with a display may, and all that lay on it is lost;"
                  + " choose one without a display by --device gpu:N, or lower"
                  + " per_device_train_batch_size or max_length: "
                  + said);
      case CUresult.CUDA_ERROR_DEINITIALIZED,
          CUresult.CUDA_ERROR_INVALID_CONTEXT,
          CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
          CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
          CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE ->
          new GpuLostException(
              "the GPU is lost; start again from the last checkpoint with --resume: " + said);
      default -> new GpuException("the GPU's driver refused: " + said);
    };
  }
}
