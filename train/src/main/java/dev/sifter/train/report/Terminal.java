package dev.sifter.train.report;

import java.io.Console;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;

/**
 * Where progress is shown.
 *
 * @param interactive whether a person watches, so that a line can be drawn again and again
 * @param columns of the terminal; of no meaning without one
 */
public record Terminal(boolean interactive, int columns) {
  /** No terminal: a pipe, a file, a build server. */
  public static final Terminal NONE = new Terminal(false, 0);

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  /** The terminal that this process's standard error is, or {@link #NONE}. */
  public static Terminal current() {
    Console console = System.console();
    boolean dumb = "dumb".equals(System.getenv("TERM"));
    if (console == null || !console.isTerminal() || dumb || errorsGoToFile(STANDARD_ERROR)) {
      return NONE;
    }
    int columns = new ConsoleProgressBarConsumer(System.err).getMaxRenderedLength();
    return new Terminal(true, columns);
  }

  /** Standard error as text. */
  public static PrintWriter standardError() {
    return writer(System.err, System.err.charset());
  }

  /** A stream as text, which goes out at the end of each line. */
  public static PrintWriter writer(OutputStream stream, Charset charset) {
    return new PrintWriter(new OutputStreamWriter(stream, encoding(charset)), true);
  }

  /**
   * The encoding to take for one that the JVM names. Where the system has none (the C locale of
   * bare containers), that is ASCII, which would spoil every other character.
   */
  public static Charset encoding(Charset charset) {
    return charset.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : charset;
  }

  /**
   * Whether a Linux file descriptor is something else than a terminal; the console of the JDK tells
   * of standard input and output only. False where this cannot be known.
   */
  static boolean errorsGoToFile(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return !target.startsWith("/dev/pts/")
          && !target.startsWith("/dev/tty")
          && !target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException _) {
      return false;
    }
  }
}
