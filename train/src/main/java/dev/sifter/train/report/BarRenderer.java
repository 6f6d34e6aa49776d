package dev.sifter.train.report;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.util.stream.Stream;
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
  private static final String GAP = "  ";
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
   * The line, never longer than {@code columns}; where these are few, the bar goes first, then the
   * rate, the message, the share and the name.
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
    boolean hasEnd = rate > 0 && max > current;
    String count = current + (max > 0 ? "/" + max : "") + ' ' + unit;
    String speed = rate > 0 ? Numbers.si(rate) + ' ' + unit + "/s" : "";
    String time =
        (hasEnd ? "left " : "in ") + Numbers.duration(hasEnd ? (max - current) / rate : seconds);
    double share = Math.clamp((double) current / max, 0.0, 1.0);
    String percent = max > 0 ? "%3s %%".formatted((int) (100 * share)) : "";
    String all = joined(name, percent, count, speed, time, message);
    int room = columns - all.length() - GAP.length();
    if (max > 0 && room >= NARROWEST) {
      String bar = bar(share, Math.min(room, WIDEST));
      return joined(name, percent, bar, count, speed, time, message);
    }
    return Stream.of(
            all,
            joined(name, percent, count, time, message),
            joined(name, percent, count, time),
            joined(name, count, time))
        .filter(line -> line.length() <= columns)
        .findFirst()
        .orElseGet(() -> cut(joined(count, time), columns));
  }

  private static String cut(String line, int columns) {
    return line.length() <= columns ? line : line.substring(0, columns);
  }

  private static String joined(String... figures) {
    return Stream.of(figures).filter(figure -> !figure.isEmpty()).collect(joining(GAP));
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
