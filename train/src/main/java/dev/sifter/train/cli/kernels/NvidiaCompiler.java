package dev.sifter.train.cli.kernels;

import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.gpu.jcuda.JCudaPtxCompiler;
import java.util.Optional;

/**
 * NVIDIA's PTX compiler, if this platform has it.
 *
 * @param compiler it
 * @param text its version, or why it is not there
 */
record NvidiaCompiler(Optional<PtxCompiler> compiler, String text) {
  static NvidiaCompiler open() {
    try {
      PtxCompiler compiler = JCudaPtxCompiler.open();
      return new NvidiaCompiler(
          Optional.of(compiler), "NVIDIA's PTX compiler of CUDA " + compiler.version());
    } catch (GpuUnavailableException unavailable) {
      return new NvidiaCompiler(Optional.empty(), unavailable.getMessage());
    }
  }
}
