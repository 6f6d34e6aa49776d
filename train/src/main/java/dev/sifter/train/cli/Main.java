package dev.sifter.train.cli;

import dev.sifter.model.FileErrors;
import dev.sifter.train.report.Terminal;
import dev.sifter.train.report.Visible;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
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
    // Not in the user's digits, which no file format, script or page of Sifter's reads.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    System.exit(run(args, new StandardOutput(out), System.out.charset(), Terminal.standardError()));
  }

  /** As {@link #run(String[], PrintWriter, PrintWriter)}; that output is lost is a failure too. */
  static int run(String[] args, StandardOutput out, Charset charset, PrintWriter err) {
    PrintWriter text = Terminal.writer(out, charset);
    int code = run(args, text, err);
    text.flush();
    Optional<IOException> loss = out.loss();
    if (loss.isEmpty()) {
      return code;
    }
    err.println("sifter: cannot write standard output: " + FileErrors.reason(loss.get()));
    return code == ExitCode.OK ? ExitCode.SOFTWARE : code;
  }

  /**
   * Runs the command that {@code args} name, writing to the given places; returns its exit code.
   */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    Subcommands.addTo(commandLine, List.of(args));
    commandLine.registerConverter(Boolean.class, OptionWords::flag);
    commandLine.registerConverter(boolean.class, OptionWords::flag);
    commandLine.setOut(out).setErr(err);
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(new WrongUsage());
    commandLine.setExecutionExceptionHandler((error, command, _) -> main.report(error, command));
    return args.length == 0
        ? commandLine.execute("--help")
        : commandLine.execute(OptionWords.dashed(args, commandLine));
  }

  private int report(Exception error, CommandLine command) {
    String message = isExplained(error) ? error.getMessage() : error.toString();
    command.getErr().println("sifter: " + Visible.message(message));
    if (stacktrace || !isExplained(error)) {
      StackTraces.print(error, command.getErr());
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
