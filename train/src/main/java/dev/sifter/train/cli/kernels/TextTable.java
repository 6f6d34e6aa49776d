package dev.sifter.train.cli.kernels;

import java.util.ArrayList;
import java.util.List;

/** A table of plain text: columns as wide as they must be, two blanks apart. */
final class TextTable {
  private final List<Boolean> left = new ArrayList<>();
  private final List<String> header = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column of words. */
  TextTable left(String name) {
    header.add(name);
    left.add(true);
    return this;
  }

  /** Adds a column of numbers. */
  TextTable right(String name) {
    header.add(name);
    left.add(false);
    return this;
  }

  /** Adds a row of as many cells as there are columns. */
  void row(Object... cells) {
    if (cells.length != header.size()) {
      throw new IllegalStateException(
          "%d cells for %d columns".formatted(cells.length, header.size()));
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
  }

  /** The header and all rows, a line each. */
  String text() {
    List<List<String>> all = new ArrayList<>(List.of(header));
    all.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String blanks = " ".repeat(widths[i] - row.get(i).length());
        line.append(left.get(i) ? row.get(i) + blanks : blanks + row.get(i)).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
