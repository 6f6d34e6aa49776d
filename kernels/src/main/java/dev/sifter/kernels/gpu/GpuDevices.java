package dev.sifter.kernels.gpu;

import dev.sifter.kernels.gpu.blas.Blas;
import dev.sifter.kernels.gpu.blas.ForeignCublas;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.jcuda.JCudaCublas;
import dev.sifter.kernels.gpu.jcuda.JCudaGpu;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens devices by name and what belongs to them, and says what was chosen and why. */
public final class GpuDevices {
  private static final Pattern GPU = Pattern.compile("gpu(?::(\\d{1,3}))?");

  /** The version of CUDA whose cuBLAS JCuda is linked to. */
  private static final int JCUDA_CUBLAS = 12;

  /** Names the file of a cuBLAS to use instead of the one that is found. */
  private static final String CUBLAS_PROPERTY = "sifter.cublas";

  private GpuDevices() {}

  /**
   * Something that was opened.
   *
   * @param what it
   * @param why a line for the log: what it is, and why it and nothing else
   */
  public record Choice<T>(T what, String why) {}

  /**
   * Opens a device.
   *
   * @param name {@code gpu}, {@code gpu:1} for the second one, or {@code emulator}
   * @throws GpuUnavailableException if a GPU is asked for and cannot be had: what is missing
   * @throws IllegalArgumentException if there is no such name
   */
  public static Choice<Gpu> open(String name) {
    return open(name, EmulatorOptions.defaults());
  }

  /** The same, with options in case that it is the emulator. */
  public static Choice<Gpu> open(String name, EmulatorOptions emulator) {
    Matcher gpu = GPU.matcher(name);
    if (gpu.matches()) {
      Gpu opened = JCudaGpu.open(gpu.group(1) == null ? 0 : Integer.parseInt(gpu.group(1)));
      GpuProperties properties = opened.properties();
      return new Choice<>(
          opened,
          "%s: %s, compute capability %d.%d, %d MiB"
              .formatted(
                  name,
                  properties.name(),
                  properties.computeMajor(),
                  properties.computeMinor(),
                  properties.memoryBytes() >> 20));
    }
    if (name.equals("emulator")) {
      return new Choice<>(
          new EmulatedGpu(emulator),
          "emulator: the GPU's kernels in Java on %d cores, checks %s, tensor cores %s"
              .formatted(
                  emulator.cores(), emulator.checks() ? "on" : "off", emulator.tensorArithmetic()));
    }
    throw new IllegalArgumentException(
        "no device '%s'; there are gpu, gpu:N and emulator".formatted(name));
  }

  /**
   * Opens what multiplies matrices.
   *
   * @param gpu a device that {@link #open} gave
   * @param stream one of its streams
   * @param own what to take without cuBLAS
   */
  public static Choice<Blas> blas(Gpu gpu, GpuStream stream, BlasFactory own) {
    if (!(gpu instanceof JCudaGpu)) {
      return new Choice<>(own.open(gpu, stream), "own kernels: cuBLAS needs a real GPU");
    }
    CudaProbe probe = CudaProbe.run();
    String named = System.getProperty(CUBLAS_PROPERTY);
    if (named == null && probe.cublas().isEmpty()) {
      return new Choice<>(
          own.open(gpu, stream),
          "own kernels: there is no cuBLAS in the library folders; for products that are faster"
              + " name its folder in LD_LIBRARY_PATH, or its file by -Dsifter.cublas");
    }
    try {
      Blas blas =
          named == null && probe.cublasVersion().orElse(0) == JCUDA_CUBLAS
              ? JCudaCublas.open(gpu, stream)
              : ForeignCublas.open(
                  named == null ? probe.cublas().get() : Path.of(named), gpu, stream);
      return new Choice<>(blas, blas.description());
    } catch (GpuUnavailableException unavailable) {
      return new Choice<>(own.open(gpu, stream), "own kernels: " + unavailable.getMessage());
    }
  }
}
