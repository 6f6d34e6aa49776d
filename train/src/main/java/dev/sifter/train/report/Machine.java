package dev.sifter.train.report;

import java.lang.management.ManagementFactory;

/**
 * What a run ran on, for a reader to judge its speed by.
 *
 * @param cores that the JVM may use
 * @param memoryBytes physical memory; 0 if unknown
 * @param jdk version of the Java runtime
 * @param os operating system and processor architecture
 * @param backend the backend's description of itself
 */
public record Machine(int cores, long memoryBytes, String jdk, String os, String backend) {

  /** This machine, with the given description of the backend. */
  public static Machine current(String backend) {
    long memory =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : 0;
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        memory,
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        backend);
  }

  /** All of it in one line. */
  public String line() {
    String size = memoryBytes > 0 ? Numbers.bytes(memoryBytes) + " memory" : "memory unknown";
    return "%s core%s, %s, JDK %s, %s, %s"
        .formatted(cores, cores == 1 ? "" : "s", size, jdk, os, backend);
  }
}
