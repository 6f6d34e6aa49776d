import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Checks or mends the layout of all Java sources with google-java-format, in one process.
 *
 * <p>{@code java @etc/format.args -cp google-java-format-all-deps.jar etc/Format.java check|apply
 * ROOT}. It is a program of its own because the formatter needs a JDK that knows the syntax of the
 * sources, and Maven may run on an older one.
 */
final class Format {
  private static final String REMEDY = "./mvnw -q -N verify -Dformat=apply";

  public static void main(String[] args) throws IOException {
    String mode = args[0];
    Path root = Path.of(args[1]);
    switch (mode) {
      case "apply" -> System.exit(run(root, "--replace"));
      case "check" -> System.exit(check(root));
      case "skip" -> {}
      default -> {
        System.err.println("format is '" + mode + "'; it can be check, apply or skip");
        System.exit(2);
      }
    }
  }

  private static int check(Path root) throws IOException {
    int exitCode = run(root, "--dry-run", "--set-exit-if-changed");
    if (exitCode != 0) {
      System.err.println("The files above are not laid out as google-java-format does it.");
      System.err.println("To mend them: " + REMEDY);
    }
    return exitCode;
  }

  /** A file that has not been touched since the last run that passed need not be read again. */
  private static int run(Path root, String... options) throws IOException {
    Path stamp = root.resolve("target/format/checked");
    List<String> changed = new ArrayList<>();
    for (String source : sources(root)) {
      if (!Files.exists(stamp)
          || Files.getLastModifiedTime(Path.of(source)).compareTo(Files.getLastModifiedTime(stamp))
              >= 0) {
        changed.add(source);
      }
    }
    Path started = Files.writeString(root.resolve("target/format/started"), "");
    int exitCode = format(changed, options);
    if (exitCode == 0) {
      Files.move(started, stamp, StandardCopyOption.REPLACE_EXISTING);
    }
    return exitCode;
  }

  private static int format(List<String> files, String... options) {
    if (files.isEmpty()) {
      return 0;
    }
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(files);
    ToolProvider formatter = ToolProvider.findFirst("google-java-format").orElseThrow();
    return formatter.run(System.out, System.err, arguments.toArray(String[]::new));
  }

  /** All Java files below {@code root} but those that a build wrote. */
  private static List<String> sources(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !root.relativize(file).toString().matches(".*\\btarget\\b.*"))
          .map(Path::toString)
          .sorted()
          .toList();
    }
  }
}
