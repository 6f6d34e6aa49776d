package dev.sifter.train.eval;

import dev.sifter.train.eval.TaskResult.Figure;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Results as markdown tables; the first in the harness's own form. */
public final class ResultTable {
  private static final int MIN_WIDTH = 3;

  private ResultTable() {}

  /** Tasks, filters and metrics with standard errors; members of groups indented below them. */
  public static String markdown(EvalResult result) {
    Map<String, TaskResult> byName = new TreeMap<>();
    result.tasks().forEach(task -> byName.put(task.name(), task));
    Set<String> members = new TreeSet<>();
    result.tasks().forEach(task -> members.addAll(task.members()));
    List<String[]> lines = new ArrayList<>();
    Set<String> shown = new LinkedHashSet<>();
    for (boolean groups : new boolean[] {true, false}) {
      for (TaskResult task : byName.values()) {
        if (task.isGroup() == groups && !members.contains(task.name())) {
          addTree(lines, byName, task, 0, shown);
        }
      }
    }
    return table(
        new String[] {"Tasks", "Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr"},
        "<><><<><>",
        lines);
  }

  private static void addTree(
      List<String[]> lines,
      Map<String, TaskResult> byName,
      TaskResult task,
      int depth,
      Set<String> shown) {
    if (shown.add(task.name())) {
      addLines(lines, task, depth);
      task.members().stream()
          .sorted()
          .forEach(member -> addTree(lines, byName, byName.get(member), depth + 1, shown));
    }
  }

  private static void addLines(List<String[]> lines, TaskResult task, int depth) {
    String name = depth == 0 ? task.alias() : " ".repeat(depth) + "- " + task.alias();
    // As the harness's table writer has it, to which 1.0 is the number 1.
    String version = task.version().replaceFirst("\\.0$", "");
    String shots = task.numFewshot() < 0 ? "" : String.valueOf(task.numFewshot());
    for (Map.Entry<String, Figure> entry : new TreeMap<>(task.figures()).entrySet()) {
      String metric = entry.getKey().substring(0, entry.getKey().indexOf(','));
      String filter = entry.getKey().substring(metric.length() + 1);
      OptionalDouble error = entry.getValue().standardError();
      lines.add(
          new String[] {
            name,
            version,
            filter,
            shots,
            metric,
            arrow(task.higherIsBetter().get(metric)),
            format(entry.getValue().value()),
            "±",
            error.isPresent() ? format(error.getAsDouble()) : "N/A"
          });
      name = "";
      version = "";
    }
  }

  private static String arrow(Boolean higherIsBetter) {
    return higherIsBetter == null ? "" : higherIsBetter ? "↑" : "↓";
  }

  /** Base and tuned side by side, with the difference, its interval and its significance. */
  public static String markdown(Comparison comparison) {
    List<String[]> lines = new ArrayList<>();
    String task = "";
    for (Comparison.Row row : comparison.rows()) {
      lines.add(
          new String[] {
            row.task().equals(task) ? "" : row.task(),
            row.key().endsWith(",none")
                ? row.key().substring(0, row.key().length() - ",none".length())
                : row.key(),
            arrow(row.higherIsBetter()),
            String.valueOf(row.items()),
            format(row.base()),
            format(row.tuned()),
            signed(row.difference()),
            "[%s, %s]".formatted(signed(row.low()), signed(row.high())),
            count("+", row.gained()),
            count("-", row.lost()),
            probability(row.p()),
            probability(row.adjustedP())
          });
      task = row.task();
    }
    return table(
        new String[] {
          "Tasks",
          "Metric",
          "",
          "n",
          "Base",
          "Tuned",
          "Difference",
          "95 % interval",
          "Gained",
          "Lost",
          "p",
          "p (Holm)"
        },
        "<<<>>>>>>>>>",
        lines);
  }

  /** Four decimals, rounded as Python does: the exact binary value, halves to even. */
  private static String format(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN).toPlainString()
        : String.valueOf(value);
  }

  private static String signed(double value) {
    return (value >= 0 ? "+" : "") + format(value);
  }

  private static String count(String sign, OptionalInt count) {
    return count.isPresent() ? (count.getAsInt() == 0 ? "" : sign) + count.getAsInt() : "";
  }

  private static String probability(double p) {
    return p < 0.0001 ? "<0.0001" : format(p);
  }

  /**
   * A table whose columns line up in plain text too.
   *
   * @param alignment one sign a column: &lt; left, &gt; right
   */
  private static String table(String[] header, String alignment, List<String[]> lines) {
    int[] widths = new int[header.length];
    for (int c = 0; c < widths.length; c++) {
      widths[c] = Math.max(MIN_WIDTH, header[c].length());
      for (String[] line : lines) {
        widths[c] = Math.max(widths[c], line[c].length());
      }
    }
    StringBuilder table = new StringBuilder("|");
    for (int c = 0; c < widths.length; c++) {
      int left = (widths[c] - header[c].length()) / 2;
      table.append(pad(" ".repeat(left) + header[c], widths[c], '<')).append('|');
    }
    table.append("\n|");
    for (int c = 0; c < widths.length; c++) {
      boolean right = alignment.charAt(c) == '>';
      table.append("-".repeat(widths[c] - (right ? 1 : 0))).append(right ? ":|" : "|");
    }
    for (String[] line : lines) {
      table.append("\n|");
      for (int c = 0; c < widths.length; c++) {
        table.append(pad(line[c], widths[c], alignment.charAt(c))).append('|');
      }
    }
    return table.append('\n').toString();
  }

  private static String pad(String text, int width, char alignment) {
    String spaces = " ".repeat(width - text.length());
    return alignment == '>' ? spaces + text : text + spaces;
  }
}
