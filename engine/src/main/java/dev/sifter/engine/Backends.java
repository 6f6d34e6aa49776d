package dev.sifter.engine;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;

/**
 * Opens backends by name. The cpu backend needs the module {@code jdk.incubator.vector}; it is
 * looked up, never linked, so that everything else works without it.
 */
public final class Backends {
  private static final String CPU_CLASS = "dev.sifter.engine.backend.cpu.CpuBackend";

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
   * Opens a backend.
   *
   * @param name {@code cpu}, {@code reference}, {@code dryrun}; {@code auto} is the fastest
   *     available
   * @param threads worker threads of the cpu backend; results do not depend on it
   * @throws IllegalArgumentException if there is no such backend here, with the remedy
   */
  public static Backend open(String name, int threads) {
    return switch (name) {
      case "auto" -> open(available().getFirst(), threads);
      case "cpu" -> openCpu(threads);
      case "reference" -> new ReferenceBackend();
      case "dryrun" -> new DryRunBackend();
      case "emulator" -> new GpuBackend("emulator", EmulatedGpu.open());
      default ->
          throw new IllegalArgumentException(
              "no device '%s'; there are auto, cpu, reference and dryrun".formatted(name));
    };
  }

  private static Backend openCpu(int threads) {
    if (!hasVectorModule()) {
      throw new IllegalArgumentException(
          "device 'cpu' needs the module jdk.incubator.vector: start java with @etc/jvm.args, or"
              + " choose --device reference, which is slow");
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
