package dev.sifter.tests.e2e;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a process of its own for a test: to be killed, or to be measured undisturbed. */
final class ChildJvm {
  /** What the bits of a result can depend on: modules, and the width of vectors. */
  private static final List<String> INHERITED = List.of("--add-modules", "--enable-native", "-XX:");

  private ChildJvm() {}

  /**
   * Runs a class with this process's class path, and its flags for modules, native access and the
   * virtual machine.
   *
   * @param log gets what the process prints
   */
  static Process start(Path log, Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> INHERITED.stream().anyMatch(flag::startsWith))
        .forEach(command::add);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
