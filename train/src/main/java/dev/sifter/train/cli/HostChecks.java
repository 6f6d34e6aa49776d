package dev.sifter.train.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code sifter doctor} asks of the JVM and of the machine that it runs on. */
final class HostChecks {
  private static final double GIB = 1 << 30;
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");

  private HostChecks() {}

  /** All findings about the host, in the order in which one thing builds on another. */
  static List<Finding> all() {
    return List.of(java(), nativeAccess(), simd(vectorBits()), cpu(), memory());
  }

  private static Finding java() {
    String found =
        "%s %s, %s"
            .formatted(
                System.getProperty("java.vendor.version", System.getProperty("java.vendor")),
                Runtime.version(),
                System.getProperty("java.home"));
    int feature = Runtime.version().feature();
    return feature >= 25
        ? Finding.ok("java", found)
        : Finding.problem("java", found, "install a JDK 25 or newer and set JAVA_HOME to it");
  }

  private static Finding nativeAccess() {
    return HostChecks.class.getModule().isNativeAccessEnabled()
        ? Finding.ok("native access", "allowed")
        : Finding.problem(
            "native access",
            "not allowed: the GPU cannot be reached without warnings, nor at all in later JDKs",
            "start with ./sifter, or add --enable-native-access=ALL-UNNAMED");
  }

  /** The finding for registers of {@code bits} bits; empty where the Vector API is not there. */
  static Finding simd(OptionalInt bits) {
    if (bits.isEmpty()) {
      return Finding.problem(
          "simd",
          "module jdk.incubator.vector is not resolved: CPU kernels run scalar, many times slower",
          "start with ./sifter, or add --add-modules jdk.incubator.vector");
    }
    int width = bits.getAsInt();
    return Finding.ok("simd", "%d bits, %d floats a register".formatted(width, width / Float.SIZE));
  }

  /**
   * The width in bits of the widest register that the JVM uses for floats.
   *
   * <p>By reflection, since only the CPU backend may link the incubator module: this command has to
   * run where the module is missing, and say so.
   */
  static OptionalInt vectorBits() {
    try {
      Object species =
          Class.forName("jdk.incubator.vector.FloatVector").getField("SPECIES_PREFERRED").get(null);
      Class<?> type = Class.forName("jdk.incubator.vector.VectorSpecies");
      return OptionalInt.of((int) type.getMethod("vectorBitSize").invoke(species));
    } catch (ReflectiveOperationException missing) {
      return OptionalInt.empty();
    }
  }

  private static Finding cpu() {
    int threads = Runtime.getRuntime().availableProcessors();
    String model = firstMatch(CPU_INFO, "(?m)^model name\\s*:\\s*(.+?)\\s*$").orElse("CPU");
    return Finding.ok(
        "cpu",
        "%s (%s), %d thread%s"
            .formatted(model, System.getProperty("os.arch"), threads, threads == 1 ? "" : "s"));
  }

  private static Finding memory() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    // Linux counts its file cache as used; what can be had is written elsewhere.
    double available =
        firstMatch(MEMORY_INFO, "(?m)^MemAvailable:\\s*(\\d+) kB")
            .map(kilobytes -> Long.parseLong(kilobytes) * 1024.0)
            .orElse((double) system.getFreeMemorySize());
    double total = system.getTotalMemorySize();
    return Finding.ok(
        "memory",
        String.format(
            Locale.ROOT,
            "%.1f GiB, %.1f GiB available; Java heap at most %.1f GiB",
            total / GIB,
            Math.min(available, total) / GIB,
            Runtime.getRuntime().maxMemory() / GIB));
  }

  private static Optional<String> firstMatch(Path file, String pattern) {
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
      return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    } catch (IOException notOnThisSystem) {
      return Optional.empty();
    }
  }
}
