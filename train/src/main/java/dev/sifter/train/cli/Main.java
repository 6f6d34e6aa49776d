package dev.sifter.train.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The entry point of {@code sifter}.
 *
 * <p>Exit codes: 0, the command did what it was asked; 1, it failed; 2, it was called wrongly.
 */
@Command(
    name = "sifter",
    description = "Fine-tunes small language models end to end, in Java.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Print where in the code an error arose.")
  private boolean stacktrace;

  /** Runs the command that {@code args} name and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(args, writer(System.out), writer(System.err)));
  }

  /**
   * A stream as text. Where the system names no encoding (the C locale of bare containers), the JVM
   * would write ASCII and spoil every other character.
   */
  private static PrintWriter writer(PrintStream stream) {
    boolean isAscii = stream.charset().equals(StandardCharsets.US_ASCII);
    Charset charset = isAscii ? StandardCharsets.UTF_8 : stream.charset();
    return new PrintWriter(new OutputStreamWriter(stream, charset), true);
  }

  /**
   * Runs the command that {@code args} name, writing to the given places; returns its exit code.
   */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    Subcommands.addTo(commandLine, List.of(args));
    commandLine.setOut(out).setErr(err);
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(new WrongUsage());
    commandLine.setExecutionExceptionHandler((error, command, _) -> main.report(error, command));
    return args.length == 0 ? commandLine.execute("--help") : commandLine.execute(args);
  }

  private int report(Exception error, CommandLine command) {
    command.getErr().println("sifter: " + (isExplained(error) ? error.getMessage() : error));
    if (stacktrace || !isExplained(error)) {
      error.printStackTrace(command.getErr());
    }
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  /**
   * Whether the message alone tells the user what to do: so it is with what Sifter raises on
   * purpose. Any other error is a fault of the program, or a file's, and shows where it arose.
   */
  static boolean isExplained(Exception error) {
    boolean onPurpose =
        error instanceof IllegalArgumentException
            || error instanceof UncheckedIOException
            || error.getClass().getName().startsWith("dev.sifter.");
    return onPurpose && error.getMessage() != null;
  }

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sifter " + (version == null ? "(not packaged)" : version)};
    }
  }
}
