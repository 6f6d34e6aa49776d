package dev.sifter.train.report;

import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A chart of values over optimizer steps, as inline SVG without script: pointing at it shows the
 * values of that step.
 *
 * @param title what is shown
 * @param unit of the values; may be empty
 * @param logarithmic whether a range of more than a decade gets a logarithmic axis
 * @param fromZero whether a linear axis begins at zero
 * @param series up to two are named in the figure; of more, what is around it shows the colours
 */
record LineChart(
    String title, String unit, boolean logarithmic, boolean fromZero, List<Series> series) {
  private static final int WIDTH = 440;
  private static final int HEIGHT = 230;
  private static final int LEFT = 46;
  private static final int RIGHT = 10;
  private static final int TOP = 12;
  private static final int BOTTOM = 36;
  private static final int MOST_DRAWN = 800;
  private static final int MOST_READOUTS = 160;

  LineChart {
    series = series.stream().filter(s -> !s.points().isEmpty()).toList();
  }

  /** Whether there is anything to draw. */
  boolean isEmpty() {
    return series.isEmpty();
  }

  /** Writes the figure; nothing if there is no data. */
  void render(Markup to) {
    if (isEmpty()) {
      return;
    }
    Frame frame = frame();
    to.open("figure").open("figcaption").element("b", title);
    String scale = frame.log ? "log scale" : "";
    String remark = unit.isEmpty() || scale.isEmpty() ? unit + scale : unit + ", " + scale;
    if (!remark.isEmpty()) {
      to.text(" ").element("small", remark);
    }
    if (isNamed()) {
      legend(to);
    }
    to.close();
    to.open("svg", "viewBox", "0 0 " + WIDTH + " " + HEIGHT, "role", "img", "aria-label", label());
    axes(to, frame);
    series.forEach(s -> draw(to, frame, s));
    readouts(to, frame);
    to.close().close().line();
  }

  private boolean isNamed() {
    return series.size() == 2;
  }

  private void legend(Markup to) {
    to.open("span", "class", "legend");
    for (Series s : series) {
      to.open("span", "class", "key").element("i", "", "class", s.style()).text(s.name()).close();
    }
    to.close();
  }

  private String label() {
    StringBuilder text = new StringBuilder(title);
    for (Series s : series) {
      Series.Point first = s.points().getFirst();
      Series.Point last = s.points().getLast();
      text.append(
          "; %s: %s at step %s, %s at step %s"
              .formatted(s.name(), value(first), first.step(), value(last), last.step()));
    }
    return text.toString();
  }

  private Frame frame() {
    List<Series.Point> all = series.stream().flatMap(s -> s.points().stream()).toList();
    double min = all.stream().mapToDouble(Series.Point::value).min().orElseThrow();
    double max = all.stream().mapToDouble(Series.Point::value).max().orElseThrow();
    long first = all.stream().mapToLong(Series.Point::step).min().orElseThrow();
    long last = all.stream().mapToLong(Series.Point::step).max().orElseThrow();
    boolean log = logarithmic && min > 0 && max / min >= 10;
    Ticks y =
        log
            ? Ticks.logarithmic(min, max)
            : Ticks.linear(fromZero ? Math.min(0, min) : min, max, 5, 0);
    return new Frame(Ticks.linear(first, Math.max(last, first + 1), 6, 1), first, last, y, log);
  }

  private static void axes(Markup to, Frame frame) {
    double bottom = HEIGHT - BOTTOM;
    Ticks y = frame.y;
    double largest = Math.max(Math.abs(y.low()), Math.abs(y.high()));
    to.open("g", "class", "axis");
    for (double tick : y.values()) {
      double at = frame.y(tick);
      String text =
          frame.log ? Numbers.significant(tick, 3) : Numbers.tick(tick, y.step(), largest);
      line(to, tick == y.low() ? "base" : "grid", LEFT, at, WIDTH - RIGHT, at);
      to.element("text", text, "x", px(LEFT - 6), "y", px(at + 3.5), "text-anchor", "end");
    }
    for (double tick : frame.x.values()) {
      double at = frame.x(tick);
      if (tick >= frame.first && tick <= frame.last) {
        line(to, "base", at, bottom, at, bottom + 4);
        String text = Numbers.tick(tick, frame.x.step(), frame.x.high());
        to.element("text", text, "x", px(at), "y", px(bottom + 16), "text-anchor", "middle");
      }
    }
    double middle = (LEFT + WIDTH - RIGHT) / 2.0;
    to.element("text", "step", "x", px(middle), "y", px(HEIGHT - 5), "text-anchor", "middle");
    to.close();
  }

  private static void line(Markup to, String style, double x1, double y1, double x2, double y2) {
    to.empty("path", "class", style, "d", "M%s %sL%s %s".formatted(px(x1), px(y1), px(x2), px(y2)));
  }

  private static void draw(Markup to, Frame frame, Series all) {
    Series s = all.thinned(MOST_DRAWN);
    StringBuilder path = new StringBuilder();
    for (Series.Point p : s.points()) {
      path.append(path.isEmpty() ? 'M' : 'L');
      path.append(px(frame.x(p.step()))).append(' ').append(px(frame.y(p.value())));
    }
    to.open("g", "class", s.style());
    to.empty("path", "class", "line", "d", path.toString());
    if (s.marked() || s.points().size() == 1) {
      for (Series.Point p : s.points()) {
        dot(to, frame, p, "2.6");
      }
    }
    to.close();
  }

  private static void dot(Markup to, Frame frame, Series.Point p, String radius) {
    String x = px(frame.x(p.step()));
    to.empty("circle", "cx", x, "cy", px(frame.y(p.value())), "r", radius);
  }

  /** An unseen strip for each step, which shows a line, dots and the values while pointed at. */
  private void readouts(Markup to, Frame frame) {
    List<Series> thinned = series.stream().map(s -> s.thinned(MOST_READOUTS)).toList();
    SortedSet<Long> set = new TreeSet<>();
    thinned.forEach(s -> s.points().forEach(p -> set.add(p.step())));
    List<Long> steps = List.copyOf(set);
    for (int i = 0; i < steps.size(); i++) {
      double x = frame.x(steps.get(i));
      double from = i == 0 ? LEFT : (frame.x(steps.get(i - 1)) + x) / 2;
      double end = i == steps.size() - 1 ? WIDTH - RIGHT : (frame.x(steps.get(i + 1)) + x) / 2;
      readout(to, frame, thinned, steps.get(i), from, end);
    }
  }

  private void readout(
      Markup to, Frame frame, List<Series> thinned, long step, double from, double end) {
    StringBuilder text = new StringBuilder("step ").append(step);
    to.open("g", "class", "hit");
    String width = px(Math.max(0.1, end - from));
    to.empty("rect", "x", px(from), "y", px(TOP), "width", width, "height", px(frame.height()));
    to.open("g", "class", "mark");
    line(to, "cross", frame.x(step), TOP, frame.x(step), HEIGHT - BOTTOM);
    for (Series s : thinned) {
      for (Series.Point p : at(s, step)) {
        to.open("g", "class", s.style());
        dot(to, frame, p, "3.4");
        to.close();
        text.append(" · ").append(isNamed() ? s.name() + " " : "").append(value(p));
      }
    }
    String right = px(WIDTH - RIGHT);
    to.element("text", text.toString(), "x", right, "y", px(TOP - 2), "text-anchor", "end");
    to.close().element("title", text.toString()).close();
  }

  private static List<Series.Point> at(Series s, long step) {
    int low = 0;
    int high = s.points().size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (s.points().get(middle).step() < step) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    Series.Point found = s.points().get(low);
    return found.step() == step ? List.of(found) : List.of();
  }

  private String value(Series.Point p) {
    String number =
        Math.abs(p.value()) >= 1e4 ? Numbers.si(p.value()) : Numbers.significant(p.value(), 4);
    return unit.isEmpty() ? number : number + " " + unit;
  }

  private static String px(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Where a step and a value lie in the picture. */
  private record Frame(Ticks x, long first, long last, Ticks y, boolean log) {
    double height() {
      return HEIGHT - BOTTOM - TOP;
    }

    double x(double step) {
      double span = Math.max(1, last - first);
      return LEFT + 4 + (step - first) / span * (WIDTH - RIGHT - LEFT - 8);
    }

    double y(double value) {
      double share =
          log
              ? Math.log(value / y.low()) / Math.log(y.high() / y.low())
              : (value - y.low()) / (y.high() - y.low());
      return HEIGHT - BOTTOM - share * height();
    }
  }
}
