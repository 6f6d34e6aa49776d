package dev.sifter.train.data;

import java.util.SortedMap;
import java.util.TreeMap;

/** What is remembered of preparation beside the rows. */
final class PreparationSummary {
  private final RecordTable table;
  private final SortedMap<String, Integer> formats = new TreeMap<>();
  private final SortedMap<String, Integer> unreadFields = new TreeMap<>();
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
    row.unread().forEach(field -> addUnreadField(field, 1));
  }

  void addFormat(String format, int rows) {
    formats.merge(format, rows, Integer::sum);
  }

  void addUnalignedPrompts(int rows) {
    unalignedPrompts += rows;
  }

  void addUnreadField(String field, int records) {
    unreadFields.merge(field, records, Integer::sum);
  }

  RecordTable table() {
    return table;
  }

  SortedMap<String, Integer> formats() {
    return formats;
  }

  SortedMap<String, Integer> unreadFields() {
    return unreadFields;
  }

  int unalignedPrompts() {
    return unalignedPrompts;
  }
}
