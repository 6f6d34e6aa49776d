package dev.sifter.train.cli;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of every command that computes: where, and on how many threads. */
final class BackendOptions {
  /** Places to compute. */
  enum Device {
    /** The fastest that this JVM can run. */
    AUTO,
    /** SIMD on all cores. */
    CPU,
    /** An NVIDIA GPU. */
    GPU,
    /** The GPU's kernels, run and checked in Java: slow, for whoever studies or changes them. */
    EMULATOR,
    /** Plain loops: slow, and the textbook. */
    REFERENCE
  }

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "auto (the fastest there is), cpu, gpu, emulator (the GPU's kernels run in Java) or"
              + " reference; by default auto.")
  private Device device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Threads of the cpu device; 0, the default, for all. Results do not depend on it.")
  private int threads;

  /** {@link #open(PrintWriter, DType)} with activations in fp32. */
  Backend open(PrintWriter err) {
    return open(err, DType.F32);
  }

  /**
   * Opens the backend, and says in one line which one and why.
   *
   * @param gpuActivations F32 or BF16: the type of activations on a GPU or the emulator
   * @throws IllegalArgumentException if it cannot run here; says what would help
   */
  Backend open(PrintWriter err, DType gpuActivations) {
    if (threads < 0) {
      throw new IllegalArgumentException(
          "--threads is %d; it must be 0 (all) or more".formatted(threads));
    }
    int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    Backends.Choice choice =
        Backends.choose(device.name().toLowerCase(Locale.ROOT), count, gpuActivations);
    err.println("device " + choice.why());
    return choice.backend();
  }
}
