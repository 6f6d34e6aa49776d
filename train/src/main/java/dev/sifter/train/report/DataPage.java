package dev.sifter.train.report;

import java.util.List;
import java.util.Locale;

/** A {@link DataReport} as a page of its own: no script, nothing loaded from elsewhere. */
public final class DataPage {
  private static final int WIDTH = 920;
  private static final int HEIGHT = 240;
  private static final int LEFT = 52;
  private static final int BOTTOM = 34;
  private static final int TOP = 18;

  private DataPage() {}

  /** The page as text: HTML that is well-formed XML too. */
  public static String of(DataReport report) {
    Markup to = new Markup();
    to.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en").line();
    HtmlReport.head(to, "Training data");
    to.open("body").open("main").line();
    to.open("header").element("h1", "Training data");
    to.open("dl", "class", "facts");
    HtmlReport.fact(to, "Config", report.config(), true);
    HtmlReport.fact(to, "Model", report.model(), true);
    to.close();
    verdict(to, report);
    to.close().line();
    report.parts().forEach(part -> part(to, part));
    to.element(
        "footer", "Made by sifter data. One file, no script, nothing loaded from elsewhere.");
    to.close().close().close();
    return "<!DOCTYPE html>\n" + to + "\n";
  }

  private static void verdict(Markup to, DataReport report) {
    if (report.isAccepted()) {
      to.element("p", "Training would start on this data.", "class", "good");
      return;
    }
    to.element("p", "Training would be refused.", "class", "warn");
    if (report.overlap() != null) {
      to.element("p", report.overlap(), "class", "warn");
    }
  }

  private static void part(Markup to, DataReport.Part part) {
    to.open("section").element("h2", HtmlReport.capitalised(part.name()) + " data");
    messages(to, part.refusals(), "warn");
    messages(to, part.warnings(), "note");
    tiles(to, part);
    histogram(to, part);
    to.open("dl", "class", "facts wide");
    HtmlReport.fact(to, "Kinds", kinds(part), false);
    HtmlReport.fact(to, "Truncated", DataText.truncation(part), false);
    HtmlReport.fact(to, "Packing", DataText.packing(part), false);
    to.close().line();
    rows(to, "Most suspicious", part.suspicious(), true);
    rows(to, "Longest", part.longest(), false);
    rows(to, "Emptiest", part.emptiest(), false);
    to.close().line();
  }

  private static void messages(Markup to, List<String> messages, String kind) {
    messages.forEach(message -> to.element("p", message, "class", kind));
  }

  private static String kinds(DataReport.Part part) {
    StringBuilder text = new StringBuilder();
    part.formats()
        .forEach(
            (format, rows) ->
                text.append(text.isEmpty() ? "" : ", ")
                    .append(Numbers.grouped(rows))
                    .append(" × ")
                    .append(format));
    return text.toString();
  }

  private static void tiles(Markup to, DataReport.Part part) {
    to.open("div", "class", "tiles");
    HtmlReport.tile(to, Numbers.grouped(part.records()), "records");
    HtmlReport.tile(to, Numbers.grouped(part.examples()), "rows to train on");
    HtmlReport.tile(to, Numbers.si(part.tokens()), "tokens");
    HtmlReport.tile(to, Numbers.percent(part.trainedShare()), "of them trained");
    HtmlReport.tile(
        to, Numbers.grouped(part.lengths().get("median")), "tokens, half of the rows at most");
    HtmlReport.tile(to, Numbers.grouped(part.lengths().get("99 %")), "tokens, 99 % at most");
    HtmlReport.tile(to, Numbers.grouped(part.lengths().get("longest")), "tokens, the longest");
    HtmlReport.tile(
        to, Numbers.percent(share(part.truncated(), part.rows())), "of the rows truncated");
    HtmlReport.tile(to, Numbers.percent(part.packing().efficiency()), packed(part));
    HtmlReport.tile(to, Numbers.grouped(part.duplicates()), "duplicates");
    to.close().line();
  }

  private static String packed(DataReport.Part part) {
    return part.packing().strategy().equals("none") ? "full, if packed" : "full, packed";
  }

  private static double share(int some, int all) {
    return all == 0 ? 0 : (double) some / all;
  }

  private static void histogram(Markup to, DataReport.Part part) {
    LengthHistogram histogram = part.histogram();
    int bars = histogram.counts().length;
    if (bars == 0) {
      return;
    }
    double width = (double) (WIDTH - LEFT) / bars;
    Ticks ticks = Ticks.linear(0, Math.max(1, histogram.highest()), 4, 1);
    int high = HEIGHT - TOP - BOTTOM;
    to.open("figure", "class", "histogram").open("figcaption").element("b", "Lengths");
    to.text(" ").element("small", "tokens of a row, before truncation").close();
    to.open("svg", "viewBox", "0 0 " + WIDTH + " " + HEIGHT, "role", "img");
    for (double tick : ticks.values()) {
      double y = TOP + high * (1 - tick / ticks.high());
      to.empty("path", "class", "grid", "d", path("M%.1f %.1fH%d", (double) LEFT, y, WIDTH));
      to.element(
          "text", Numbers.si(tick), "x", text(LEFT - 8), "y", text(y + 3.5), "text-anchor", "end");
    }
    boolean open = histogram.isOpen(part.lengths().get("longest"));
    for (int i = 0; i < bars; i++) {
      bar(to, histogram, i, width, high, ticks.high(), open);
    }
    for (int i = 0; i < bars; i += Math.max(1, bars / 12)) {
      to.element(
          "text",
          Integer.toString(i * histogram.step()),
          "x",
          text(LEFT + i * width),
          "y",
          text(HEIGHT - BOTTOM + 16),
          "text-anchor",
          "middle");
    }
    cut(to, part, width, bars);
    to.close().close().line();
  }

  private static void bar(
      Markup to,
      LengthHistogram histogram,
      int i,
      double width,
      int high,
      double top,
      boolean open) {
    int count = histogram.counts()[i];
    double tall = high * count / top;
    boolean last = open && i == histogram.counts().length - 1;
    String range =
        last
            ? "%d tokens or more".formatted(i * histogram.step())
            : "%d to %d tokens".formatted(i * histogram.step(), (i + 1) * histogram.step() - 1);
    to.open("g", "class", last ? "bar rest" : "bar");
    to.empty(
        "rect",
        "x",
        text(LEFT + i * width + 1),
        "y",
        text(TOP + high - tall),
        "width",
        text(Math.max(1, width - 2)),
        "height",
        text(tall),
        "rx",
        "2");
    to.element("title", range + ": " + Numbers.grouped(count) + " rows").close();
  }

  /** A line where rows are cut. */
  private static void cut(Markup to, DataReport.Part part, double width, int bars) {
    if (part.maxLength() == null) {
      return;
    }
    double at = (double) part.maxLength() / part.histogram().step();
    if (at > bars) {
      return;
    }
    double x = LEFT + at * width;
    to.empty("path", "class", "cut", "d", path("M%.1f %dV%d", x, TOP - 8, HEIGHT - BOTTOM));
    boolean right = x < WIDTH - 130;
    to.element(
        "text",
        "max_length " + part.maxLength(),
        "class",
        "cut",
        "x",
        text(right ? x + 5 : x - 5),
        "y",
        text(TOP),
        "text-anchor",
        right ? "start" : "end");
  }

  private static String path(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static void rows(
      Markup to, String title, List<DataReport.NotedRow> rows, boolean withReason) {
    if (rows.isEmpty()) {
      return;
    }
    to.element("h3", title).line();
    for (DataReport.NotedRow row : rows) {
      to.open("article", "class", "row").open("p");
      to.element("code", row.origin()).text(" ");
      to.element("small", "%d tokens, %d trained".formatted(row.length(), row.trained()));
      if (withReason) {
        to.text(" ").element("em", row.reason());
      }
      to.close().open("div", "class", "tokens");
      if (row.tokens().isEmpty()) {
        to.element("small", "dropped: truncation leaves nothing of it that is trained");
      }
      MaskSection.tokens(to, row.tokens());
      if (row.length() > row.tokens().size() && !row.tokens().isEmpty()) {
        to.element("small", "… %d more".formatted(row.length() - row.tokens().size()));
      }
      to.close().close().line();
    }
  }
}
