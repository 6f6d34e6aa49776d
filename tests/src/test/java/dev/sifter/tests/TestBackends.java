package dev.sifter.tests;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import java.util.List;

/** The backends that compute, for tests that must hold on each. */
public final class TestBackends {
  private TestBackends() {}

  /** Names of the backends that this JVM can run. */
  public static List<String> names() {
    return Backends.available();
  }

  /** Opens a backend on two threads. */
  public static Backend open(String name) {
    return Backends.open(name, 2);
  }
}
