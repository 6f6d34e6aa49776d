package dev.sifter.train.data;

import java.util.SortedMap;
import java.util.TreeMap;

/** What is remembered of preparation beside the rows. */
final class PreparationSummary {
  private final RecordTable table;
  private final SortedMap<String, Integer> formats = new TreeMap<>();
  private int unalignedPrompts;

  PreparationSummary() {
    this(new RecordTable());
  }

  PreparationSummary(RecordTable table) {
    this.table = table;
  }

  void add(PreparedRow row) {
    table.add(row);
    addFormat(row.format(), 1);
    addUnalignedPrompts(row.promptIsPrefix() ? 0 : 1);
  }

  void addFormat(String format, int rows) {
    formats.merge(format, rows, Integer::sum);
  }

  void addUnalignedPrompts(int rows) {
    unalignedPrompts += rows;
  }

  RecordTable table() {
    return table;
  }

  SortedMap<String, Integer> formats() {
    return formats;
  }

  int unalignedPrompts() {
    return unalignedPrompts;
  }
}
