package dev.sifter.train.report;

import java.io.Console;
import java.io.IOException;
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
  private static final int FEWEST_COLUMNS = 40;

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
    return new Terminal(true, Math.max(FEWEST_COLUMNS, columns));
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
