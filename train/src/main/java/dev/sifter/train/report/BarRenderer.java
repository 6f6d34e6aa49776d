package dev.sifter.train.report;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * One line of a terminal: name, share, bar, count, rate, time left, message. The library's own
 * renderer measures in whole seconds, which makes the rate of short or slow work wrong.
 *
 * @param unit what is counted
 */
record BarRenderer(String unit) implements ProgressBarRenderer {
  private static final String EIGHTHS = " ▏▎▍▌▋▊▉█";
  private static final int WIDEST = 40;
  private static final int NARROWEST = 8;

  @Override
  public String render(ProgressState state, int columns) {
    return render(
        state.getTaskName(),
        state.getStart(),
        state.getCurrent(),
        state.getMax(),
        state.getElapsedAfterStart(),
        state.getExtraMessage(),
        columns);
  }

  /**
   * The line, never longer than {@code columns}.
   *
   * @param max −1 if it is not known, which leaves out share, bar and time left
   */
  String render(
      String name,
      long start,
      long current,
      long max,
      Duration elapsed,
      String message,
      int columns) {
    double seconds = elapsed.toNanos() * 1e-9;
    double rate = seconds > 0 ? (current - start) / seconds : 0;
    StringBuilder right = new StringBuilder().append(current);
    right.append(max > 0 ? "/" + max : "").append(' ').append(unit);
    if (rate > 0) {
      right.append("  ").append(Numbers.si(rate)).append(' ').append(unit).append("/s");
    }
    right.append(rate > 0 && max > current ? "  left " : "  in ");
    right.append(Numbers.duration(rate > 0 && max > current ? (max - current) / rate : seconds));
    if (!message.isEmpty()) {
      right.append("  ").append(message);
    }
    String left = name + "  ";
    if (max > 0) {
      double share = Math.clamp((double) current / max, 0.0, 1.0);
      String percent = "%3s %%  ".formatted((int) (100 * share));
      int room = columns - left.length() - percent.length() - right.length() - 2;
      left += percent + (room >= NARROWEST ? bar(share, Math.min(room, WIDEST)) + "  " : "");
    }
    String line = left + right;
    return line.length() <= columns ? line : line.substring(0, columns);
  }

  /** A bar of {@code width} characters, exact to an eighth of one. */
  static String bar(double share, int width) {
    int eighths = (int) Math.floor(share * width * 8);
    StringBuilder bar = new StringBuilder("█".repeat(eighths / 8));
    if (eighths % 8 != 0) {
      bar.append(EIGHTHS.charAt(eighths % 8));
    }
    return bar.append("·".repeat(width - bar.length())).toString();
  }
}
