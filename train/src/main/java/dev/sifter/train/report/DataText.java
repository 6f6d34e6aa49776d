package dev.sifter.train.report;

import java.io.PrintWriter;
import java.util.List;

/** A {@link DataReport} in the terminal. */
public final class DataText {
  private static final int BAR_WIDTH = 44;
  private static final int EXCERPT_CHARS = 96;

  private final PrintWriter out;

  /** Writes to {@code out}. */
  public DataText(PrintWriter out) {
    this.out = out;
  }

  /** Prints the report. */
  public void print(DataReport report) {
    report.parts().forEach(this::print);
    if (report.overlap() != null) {
      out.println("REFUSED  " + report.overlap() + "\n");
    }
    out.println(
        report.isAccepted()
            ? "Training would start on this data."
            : "Training would be refused: mend what is marked REFUSED above.");
  }

  private void print(DataReport.Part part) {
    out.println("== %s data ==".formatted(part.name()));
    line("records", Numbers.grouped(part.records()) + formats(part));
    line(
        "rows",
        Numbers.grouped(part.examples())
            + (part.examples() == part.rows() ? "" : " of " + Numbers.grouped(part.rows())));
    line(
        "tokens",
        "%s, %s trained (%s)"
            .formatted(
                Numbers.grouped(part.tokens()),
                Numbers.grouped(part.trainedTokens()),
                Numbers.percent(part.trainedShare())));
    StringBuilder lengths = new StringBuilder();
    part.lengths()
        .forEach(
            (name, length) ->
                lengths
                    .append(lengths.isEmpty() ? "" : ", ")
                    .append(name)
                    .append(' ')
                    .append(length));
    line("lengths", lengths.toString());
    line("truncated", truncation(part));
    line("packing", packing(part));
    line("duplicates", Numbers.grouped(part.duplicates()));
    out.println();
    histogram(part);
    rows("longest", part.longest());
    rows("emptiest", part.emptiest());
    rows("suspicious", part.suspicious());
    part.warnings().forEach(warning -> out.println("warning  " + Visible.message(warning)));
    part.refusals().forEach(refusal -> out.println("REFUSED  " + Visible.message(refusal)));
    if (!part.warnings().isEmpty() || !part.refusals().isEmpty()) {
      out.println();
    }
  }

  private void line(String name, String value) {
    out.println("%-11s %s".formatted(name, value));
  }

  private static String formats(DataReport.Part part) {
    StringBuilder text = new StringBuilder();
    part.formats()
        .forEach(
            (format, rows) ->
                text.append(text.isEmpty() ? "  (" : ", ")
                    .append(Numbers.grouped(rows))
                    .append(" × ")
                    .append(format));
    return text.isEmpty() ? "" : text.append(')').toString();
  }

  static String truncation(DataReport.Part part) {
    return part.maxLength() == null
        ? "nothing: max_length is null"
        : "%s of %s rows lose %s tokens to max_length %s; %s dropped"
            .formatted(
                Numbers.grouped(part.truncated()),
                Numbers.grouped(part.rows()),
                Numbers.grouped(part.truncatedTokens()),
                part.maxLength(),
                Numbers.grouped(part.dropped()));
  }

  static String packing(DataReport.Part part) {
    if (part.maxLength() == null) {
      return "none: it needs max_length";
    }
    String filled =
        "%s rows, %s full"
            .formatted(
                Numbers.grouped(part.packing().rows()),
                Numbers.percent(part.packing().efficiency()));
    return part.packing().strategy().equals("none")
        ? "none; bfd would make " + filled
        : part.packing().strategy() + ": " + filled;
  }

  private void histogram(DataReport.Part part) {
    LengthHistogram histogram = part.histogram();
    int longest = part.lengths().get("longest");
    boolean shorter = true; // than every row
    for (int i = 0; i < histogram.counts().length; i++) {
      boolean open = i == histogram.counts().length - 1 && histogram.isOpen(longest);
      int from = i * histogram.step();
      int count = histogram.counts()[i];
      String bar =
          BarRenderer.bar((double) count / Math.max(1, histogram.highest()), BAR_WIDTH)
              .replace('·', ' ')
              .stripTrailing();
      boolean holdsMost =
          part.maxLength() != null
              && part.maxLength() >= from
              && (open || part.maxLength() < from + histogram.step());
      shorter &= count == 0 && !holdsMost;
      if (shorter) {
        continue;
      }
      out.println(
          "%7s%s %8s  %s%s"
              .formatted(
                  from,
                  open ? "+" : " ",
                  Numbers.grouped(count),
                  bar,
                  holdsMost ? "  <- max_length " + part.maxLength() : ""));
    }
    if (histogram.counts().length > 0) {
      out.println();
    }
  }

  private void rows(String title, List<DataReport.NotedRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    out.println(title);
    for (DataReport.NotedRow row : rows) {
      out.println(
          "  %s  %s tokens, %s trained%s"
              .formatted(
                  row.origin(),
                  row.length(),
                  row.trained(),
                  title.equals("suspicious") ? ": " + row.reason() : ""));
      StringBuilder text = new StringBuilder();
      row.tokens().forEach(token -> text.append(token.text()));
      if (row.tokens().isEmpty()) {
        text.append("(dropped: truncation leaves nothing of it that is trained)");
      }
      String shown = text.toString().replaceAll("\\s+", " ").strip();
      boolean isLong = shown.codePointCount(0, shown.length()) > EXCERPT_CHARS;
      int end = isLong ? shown.offsetByCodePoints(0, EXCERPT_CHARS) : shown.length();
      out.println("      " + Visible.of(shown.substring(0, end)) + (isLong ? "…" : ""));
    }
    out.println();
  }
}
