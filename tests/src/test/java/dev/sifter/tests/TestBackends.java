package dev.sifter.tests;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import java.util.List;
import java.util.stream.Stream;

/** The backends that compute, for tests that must hold on each. */
public final class TestBackends {
  private TestBackends() {}

  /** Names of the backends that this JVM can run, but for the emulator, which is slow. */
  public static List<String> names() {
    return Backends.available();
  }

  /** The fastest of them. */
  public static String fastest() {
    return names().getFirst();
  }

  /** Those, and the gpu backend on the emulator: for single kernels and small models. */
  public static List<String> withEmulator() {
    return Stream.concat(names().stream(), Stream.of("emulator")).toList();
  }

  /** Whether a backend is a GPU, or one that is emulated. */
  public static boolean isGpu(String name) {
    return name.equals("emulator") || name.equals("gpu");
  }

  /** Opens a backend on two threads. */
  public static Backend open(String name) {
    return Backends.open(name, 2);
  }
}
