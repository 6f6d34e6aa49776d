package dev.sifter.train.report;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * The last line of a terminal, drawn again and again; other lines go above it. Whatever happens
 * between two calls, the cursor is on that line and no colour or mode is left set.
 */
final class TerminalLine implements ProgressBarConsumer {
  private static final String ERASE = "\r\033[K";

  private final PrintWriter out;
  private final int columns;
  private String shown = "";
  private boolean closed;

  TerminalLine(PrintWriter out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  @Override
  public int getMaxRenderedLength() {
    return columns;
  }

  @Override
  public synchronized void accept(String text) {
    if (!closed) {
      shown = text;
      out.print(ERASE + text);
      out.flush();
    }
  }

  /** Writes a line that stays. */
  synchronized void above(String line) {
    out.print(closed ? line + "\n" : ERASE + line + "\n" + shown);
    out.flush();
  }

  /** Ends the line, so that what follows begins at the left. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      out.print(shown.isEmpty() ? "" : "\n");
      out.flush();
    }
  }
}
