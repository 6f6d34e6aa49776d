package dev.sifter.train.data;

import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is remembered of every row that was prepared, those that were dropped too: numbers only. */
public final class RecordTable {
  private final List<String> files = new ArrayList<>();
  private final Map<String, Integer> fileNumbers = new HashMap<>();
  private final IntList file = new IntList();
  private final IntList line = new IntList();
  private final IntList record = new IntList();
  private final IntList lengths = new IntList();
  private final IntList labelled = new IntList();
  private final IntList keptLengths = new IntList();
  private long[] hashes = new long[16];

  RecordTable() {}

  /** Remembers a row. */
  void add(PreparedRow row) {
    int kept = row.kept() == null ? 0 : row.kept().length();
    add(row.origin(), row.length(), row.labelled(), kept, row.hash());
  }

  void add(Origin origin, int length, int labels, int kept, long hash) {
    if (hashes.length == size()) {
      hashes = Arrays.copyOf(hashes, Math.addExact(size(), size() >> 1));
    }
    hashes[size()] = hash;
    Integer number = fileNumbers.get(origin.file());
    if (number == null) {
      number = files.size();
      files.add(origin.file());
      fileNumbers.put(origin.file(), number);
    }
    file.add(number);
    line.add((int) Math.min(origin.line(), Integer.MAX_VALUE));
    record.add(Math.toIntExact(origin.record()));
    lengths.add(length);
    labelled.add(labels);
    keptLengths.add(kept);
  }

  /** Number of rows. */
  public int size() {
    return lengths.size();
  }

  /** Where a row's record stands. */
  public Origin origin(int row) {
    return new Origin(files.get(file.get(row)), line.get(row), record.get(row));
  }

  /** The number of a row's record. */
  int record(int row) {
    return record.get(row);
  }

  /** Tokens of a row before truncation. */
  public int length(int row) {
    return lengths.get(row);
  }

  /** Tokens with a label before truncation. */
  public int labelled(int row) {
    return labelled.get(row);
  }

  /** Tokens that truncation leaves; 0 if the row was dropped. */
  public int keptLength(int row) {
    return keptLengths.get(row);
  }

  /** Equal for rows of equal tokens, and hardly ever for others. */
  public long hash(int row) {
    return hashes[row];
  }

  /** Tokens of each row before truncation. */
  int[] lengths() {
    return lengths.toArray();
  }

  /** Number of records; fewer than rows where conversations are split. */
  int records() {
    int records = 0;
    for (int row = 0; row < size(); row++) {
      records += row == 0 || record.get(row) != record.get(row - 1) ? 1 : 0;
    }
    return records;
  }

  /** Everything but names and hashes, in the order of {@link #add(Origin, int, int, int, long)}. */
  List<IntList> columns() {
    return List.of(file, line, record, lengths, labelled, keptLengths);
  }

  /** The names of the files, by the numbers in the first column. */
  List<String> files() {
    return List.copyOf(files);
  }
}
