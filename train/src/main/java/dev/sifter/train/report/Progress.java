package dev.sifter.train.report;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Shows how far a long piece of work is: on a terminal a bar with rate and time left, elsewhere
 * plain lines, ever more seldom, so that a log file grows with the logarithm of the time. Close it
 * in any case; that leaves the terminal clean.
 */
public sealed interface Progress extends AutoCloseable {

  /** So much is done, counted from the beginning; less than before is ignored. */
  void stepTo(long done);

  /** What to show beside the figures, such as the loss; replaces what was there. */
  void message(String text);

  /** Writes a line that stays. */
  void line(String text);

  @Override
  void close();

  /** Starts, with the face that suits the standard error. */
  static Progress start(String name, String unit, long total) {
    return start(name, unit, 0, total, Terminal.current(), Terminal.standardError());
  }

  /**
   * Starts.
   *
   * @param name what is done, such as "tokenising"
   * @param unit what is counted, in the plural, such as "rows"
   * @param first how much of it was done before, by the run that is resumed
   * @param total how much there is; −1 if unknown
   */
  static Progress start(
      String name, String unit, long first, long total, Terminal terminal, PrintWriter out) {
    return terminal.interactive()
        ? new Bar(name, unit, first, total, new TerminalLine(out, terminal.columns()))
        : new Lines(name, unit, first, total, out, System::nanoTime);
  }

  /** A bar that the library draws, several times a second. */
  final class Bar implements Progress {
    private static final int UPDATE_MILLIS = 200;

    private final TerminalLine line;
    private final ProgressBar bar;

    Bar(String name, String unit, long first, long total, TerminalLine line) {
      this.line = line;
      this.bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(total)
              .startsFrom(first, Duration.ZERO)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .setRenderer(new BarRenderer(unit))
              .setConsumer(line)
              .build();
    }

    @Override
    public void stepTo(long done) {
      if (done > bar.getCurrent()) {
        bar.stepTo(done);
      }
    }

    @Override
    public void message(String text) {
      bar.setExtraMessage(text);
    }

    @Override
    public void line(String text) {
      line.above(text);
    }

    @Override
    public void close() {
      bar.close();
      line.close();
    }
  }

  /** Lines for a log file: the first after ten seconds, then each time a tenth has gone by. */
  final class Lines implements Progress {
    private static final double FIRST_SECONDS = 10;
    private static final double GROWTH = 1.1;

    private final String name;
    private final String unit;
    private final long first;
    private final long total;
    private final PrintWriter out;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private double nextSeconds = FIRST_SECONDS;
    private long done;
    private String message = "";
    private boolean closed;

    /**
     * @param nanoTime the clock
     */
    Lines(
        String name, String unit, long first, long total, PrintWriter out, LongSupplier nanoTime) {
      this.name = name;
      this.unit = unit;
      this.first = first;
      this.total = total;
      this.out = out;
      this.nanoTime = nanoTime;
      this.startNanos = nanoTime.getAsLong();
      this.done = first;
    }

    @Override
    public synchronized void stepTo(long now) {
      done = Math.max(done, now);
      double seconds = seconds();
      if (seconds >= nextSeconds && !closed) {
        nextSeconds = Math.max(seconds + FIRST_SECONDS, seconds * GROWTH);
        line(state(seconds));
      }
    }

    @Override
    public synchronized void message(String text) {
      message = text;
    }

    @Override
    public synchronized void line(String text) {
      out.println(text);
      out.flush();
    }

    /** Writes how far the work came, once. */
    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        line(state(seconds()));
      }
    }

    private double seconds() {
      return (nanoTime.getAsLong() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private String state(double seconds) {
      double rate = seconds > 0 ? (done - first) / seconds : 0;
      StringBuilder text = new StringBuilder(name).append(": ").append(done);
      if (total > 0) {
        text.append('/').append(total);
      }
      text.append(' ').append(unit).append(", ").append(Numbers.duration(seconds));
      if (rate > 0) {
        text.append(", ").append(Numbers.si(rate)).append(' ').append(unit).append("/s");
        if (total > done) {
          text.append(", left ").append(Numbers.duration((total - done) / rate));
        }
      }
      return message.isEmpty() ? text.toString() : text.append(", ").append(message).toString();
    }
  }
}
