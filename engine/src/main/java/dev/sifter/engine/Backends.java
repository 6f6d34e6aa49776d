package dev.sifter.engine;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.CudaProbe;
import dev.sifter.kernels.gpu.DryGpu;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.GpuUnavailableException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Opens backends by name. The cpu backend needs the module {@code jdk.incubator.vector}; it is
 * looked up, never linked, so that everything else works without it.
 */
public final class Backends {
  private static final String CPU_CLASS = "dev.sifter.engine.backend.cpu.CpuBackend";
  private static final Pattern GPU = Pattern.compile("emulator|gpu(:\\d{1,3})?");
  private static final String NO_VECTOR_MODULE =
      "device 'cpu' needs the module jdk.incubator.vector: start with ./sifter, or java"
          + " @etc/jvm.args";

  private Backends() {}

  /** Names of the backends that compute and that this JVM can run, the fastest first. */
  public static List<String> available() {
    return hasVectorModule() ? List.of("cpu", "reference") : List.of("reference");
  }

  /** Whether the JVM was started with the module that the cpu backend needs. */
  public static boolean hasVectorModule() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /**
   * A backend that was opened.
   *
   * @param backend it
   * @param why a line for the log: what it is, and why it and no other
   */
  public record Choice(Backend backend, String why) {}

  /** Opens a backend, as {@link #choose} does, with activations in fp32. */
  public static Backend open(String name, int threads) {
    return choose(name, threads, DType.F32).backend();
  }

  /**
   * Opens a backend and says which one and why.
   *
   * @param name {@code cpu}, {@code gpu}, {@code gpu:1} for the second one, {@code emulator},
   *     {@code reference}, {@code dryrun}; {@code auto} is the fastest available
   * @param threads worker threads of the cpu backend; results do not depend on it
   * @param gpuActivations F32 or BF16: {@link Backend#activationType} of a GPU or the emulator
   * @throws IllegalArgumentException if there is no such backend, or this JVM cannot run it, with
   *     the remedy
   * @throws GpuUnavailableException if a GPU is asked for and cannot be had: what is missing
   */
  public static Choice choose(String name, int threads, DType gpuActivations) {
    if (name.equals("auto")) {
      return chooseFastest(threads, gpuActivations);
    }
    Backend backend = openNamed(name, threads, gpuActivations);
    return new Choice(backend, backend.description() + " (as device says)");
  }

  /** What a GPU is; nothing where the backend computes on the host. */
  public static Optional<GpuProperties> gpuOf(Backend backend) {
    return backend instanceof GpuBackend gpu ? Optional.of(gpu.properties()) : Optional.empty();
  }

  /**
   * The backend of a GPU that need not be here, for plans: it takes as much memory as the real one,
   * by its ledger, and computes nothing.
   */
  public static Backend dryGpu(GpuProperties properties, DType gpuActivations) {
    Gpu gpu = new DryGpu(properties);
    String why = "dryrun: what a run takes from " + properties.name();
    return new GpuBackend("dryrun", new GpuDevices.Choice<>(gpu, why), gpuActivations);
  }

  private static Choice chooseFastest(int threads, DType gpuActivations) {
    String noGpu = "this machine has no NVIDIA driver";
    if (CudaProbe.run().driver().isPresent()) {
      try {
        Backend gpu = GpuBackend.open("gpu", gpuActivations);
        return new Choice(gpu, gpu.description() + " (auto: this machine has a GPU)");
      } catch (GpuUnavailableException unavailable) {
        noGpu = unavailable.getMessage();
      }
    }
    Backend host = openNamed(available().getFirst(), threads, gpuActivations);
    String slow = hasVectorModule() ? "" : ", slow: " + NO_VECTOR_MODULE;
    return new Choice(host, host.description() + " (auto: " + noGpu + slow + ")");
  }

  private static Backend openNamed(String name, int threads, DType gpuActivations) {
    return switch (name) {
      case "cpu" -> openCpu(threads);
      case "reference" -> new ReferenceBackend();
      case "dryrun" -> new DryRunBackend();
      default -> {
        if (!GPU.matcher(name).matches()) {
          throw new IllegalArgumentException(
              "no device '%s'; there are auto, cpu, gpu, gpu:N, emulator and reference"
                  .formatted(name));
        }
        yield GpuBackend.open(name, gpuActivations);
      }
    };
  }

  private static Backend openCpu(int threads) {
    if (!hasVectorModule()) {
      throw new IllegalArgumentException(
          NO_VECTOR_MODULE + ", or choose --device reference, which is slow");
    }
    try {
      MethodHandle open =
          MethodHandles.lookup()
              .findStatic(
                  Class.forName(CPU_CLASS),
                  "open",
                  MethodType.methodType(Backend.class, int.class));
      return (Backend) open.invoke(threads);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("the cpu backend cannot be opened", e);
    }
  }
}
