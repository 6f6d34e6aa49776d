package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.jcuda.DriverErrors.check;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuKernel;
import dev.sifter.kernels.ptx.PtxKernel;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/**
 * A kernel that the driver has assembled.
 *
 * @param source its text
 * @param module the driver's module
 * @param function its entry point
 */
record JCudaKernel(PtxKernel source, CUmodule module, CUfunction function) implements GpuKernel {
  private static final int LOG_BYTES = 8192;

  /** Shared memory that a kernel may ask for without saying so before. */
  private static final int PLAIN_SHARED_BYTES = 48 << 10;

  static JCudaKernel load(PtxKernel kernel) {
    CUmodule module = new CUmodule();
    JITOptions options = new JITOptions();
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, LOG_BYTES);
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[LOG_BYTES]);
    byte[] text = (kernel.text() + "\0").getBytes(StandardCharsets.UTF_8);
    int result = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(text), options);
    if (result != CUresult.CUDA_SUCCESS) {
      throw new GpuException(
          "kernel %s cannot be loaded\n%s"
              .formatted(kernel.name(), options.getString(CUjit_option.CU_JIT_ERROR_LOG_BUFFER)),
          DriverErrors.exception("cuModuleLoadDataEx", result));
    }
    try {
      return new JCudaKernel(kernel, module, function(kernel, module));
    } catch (GpuException refused) {
      JCudaDriver.cuModuleUnload(module);
      throw refused;
    }
  }

  private static CUfunction function(PtxKernel kernel, CUmodule module) {
    CUfunction function = new CUfunction();
    check("cuModuleGetFunction", JCudaDriver.cuModuleGetFunction(function, module, kernel.name()));
    if (kernel.sharedBytes() > PLAIN_SHARED_BYTES) {
      check(
          "cuFuncSetAttribute",
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              kernel.sharedBytes()));
    }
    return function;
  }

  void unload() {
    check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
  }
}
