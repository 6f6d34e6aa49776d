package dev.sifter.kernels.gpu.jcuda;

import dev.sifter.kernels.gpu.GpuException;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import dev.sifter.kernels.gpu.PtxCompiler;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** The PTX compiler that JCuda's native library carries: that of CUDA 12, for PTX up to 8.0. */
public final class JCudaPtxCompiler implements PtxCompiler {
  private final String version;

  private JCudaPtxCompiler(String version) {
    this.version = version;
  }

  /**
   * Loads the compiler.
   *
   * @throws GpuUnavailableException if there is none for this platform
   */
  public static PtxCompiler open() {
    int[] major = new int[1];
    int[] minor = new int[1];
    try {
      JNvPTXCompiler.nvPTXCompilerGetVersion(major, minor);
    } catch (LinkageError missing) {
      throw new GpuUnavailableException(
          "NVIDIA's PTX compiler cannot be loaded on %s, %s: JCuda has it for Linux and Windows on x86-64"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch")),
          missing);
    }
    return new JCudaPtxCompiler(major[0] + "." + minor[0]);
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Assembled assemble(PtxKernel kernel, PtxTarget gpu) {
    // The compiler wants the length without the zero that ends the text.
    byte[] text = (kernel.text() + "\0").getBytes(StandardCharsets.UTF_8);
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    check("create", JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length - 1, text));
    try {
      List<String> options = List.of("--gpu-name=" + gpu.ptxName(), "--verbose");
      int result =
          JNvPTXCompiler.nvPTXCompilerCompile(
              handle, options.size(), options.toArray(String[]::new));
      if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        throw new GpuException(
            "kernel %s does not assemble for %s: %s\n%s"
                .formatted(
                    kernel.name(),
                    gpu.ptxName(),
                    nvPTXCompileResult.stringFor(result),
                    errorLog(handle)));
      }
      return CompilerLog.parse(cubin(handle), infoLog(handle));
    } finally {
      check("destroy", JNvPTXCompiler.nvPTXCompilerDestroy(handle));
    }
  }

  private static byte[] cubin(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    check("size", JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size));
    byte[] image = new byte[Math.toIntExact(size[0])];
    check("image", JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(handle, image));
    return image;
  }

  private static String infoLog(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    check("log", JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size));
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    check("log", JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log));
    return text(log);
  }

  private static String errorLog(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    check("log", JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size));
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    check("log", JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log));
    return text(log);
  }

  private static String text(byte[] log) {
    int end = 0;
    while (end < log.length && log[end] != 0) {
      end++;
    }
    return new String(log, 0, end, StandardCharsets.UTF_8);
  }

  private static void check(String what, int result) {
    if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw new GpuException(
          "NVIDIA's PTX compiler failed (%s): %s"
              .formatted(what, nvPTXCompileResult.stringFor(result)));
    }
  }
}
