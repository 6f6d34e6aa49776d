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

  /**
   * The gpu backend: on the emulator, or with {@code -Dsifter.test.gpu=gpu} on a card, where every
   * test that names its device here must hold too.
   */
  public static String gpu() {
    return System.getProperty("sifter.test.gpu", "emulator");
  }

  /** All of them, for single kernels and small models. */
  public static List<String> withGpu() {
    return Stream.concat(names().stream(), Stream.of(gpu())).toList();
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
