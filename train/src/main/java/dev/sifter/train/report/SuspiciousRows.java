package dev.sifter.train.report;

import dev.sifter.train.data.Example;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.data.RecordTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows that are unlike the others in a way that mistakes have: the same many times, hardly any
 * other token than a few, far longer than nearly all, hardly any answer. What most rows are like is
 * no mistake.
 */
final class SuspiciousRows {
  private static final int MOST_TOLD = 10;
  private static final int REPEATS = 3;
  private static final double FAR_LONGER = 4;
  private static final int HARDLY_ANY_ANSWER = 2;
  private static final int LONG_ENOUGH_TO_JUDGE = 64;
  private static final double HARDLY_ANY_TOKENS = 0.1;
  private static final double RARE = 0.05;

  private final PreparedDataset data;
  private final RecordTable table;
  private final int[] keptRow;
  private final List<Suspicion> suspicions = new ArrayList<>();
  private int duplicates;

  /**
   * A row and why it is suspicious.
   *
   * @param weight the greater, the sooner it is told
   */
  record Suspicion(int row, double weight, String reason) {}

  /**
   * Looks through all rows.
   *
   * @param keptRow the place of a row of the table among the unpacked rows; −1 if it was dropped
   */
  SuspiciousRows(PreparedDataset data, int[] keptRow) {
    this.data = data;
    this.table = data.statistics().table();
    this.keptRow = keptRow;
    findRepeats();
    findLengths();
    findMonotony();
  }

  /** Rows that repeat an earlier one. */
  int duplicates() {
    return duplicates;
  }

  /** The most suspicious rows, each once. */
  List<Suspicion> worst() {
    Map<Integer, Suspicion> byRow = new HashMap<>();
    for (Suspicion suspicion : suspicions) {
      byRow.merge(suspicion.row(), suspicion, (a, b) -> a.weight() >= b.weight() ? a : b);
    }
    return byRow.values().stream()
        .sorted(
            Comparator.comparingDouble(Suspicion::weight)
                .reversed()
                .thenComparingInt(Suspicion::row))
        .limit(MOST_TOLD)
        .toList();
  }

  private void findRepeats() {
    Map<Long, int[]> firstAndCount = new HashMap<>();
    for (int row = 0; row < table.size(); row++) {
      int at = row;
      firstAndCount.computeIfAbsent(table.hash(row), _ -> new int[] {at, 0})[1]++;
    }
    for (int[] entry : firstAndCount.values()) {
      duplicates += entry[1] - 1;
      if (entry[1] >= REPEATS) {
        suspicions.add(
            new Suspicion(
                entry[0],
                2 + Math.log10(entry[1]),
                "stands %d times in the data, here first".formatted(entry[1])));
      }
    }
  }

  private void findLengths() {
    int usual = data.statistics().lengthQuantile(0.99);
    int answerless = 0;
    for (int row = 0; row < table.size(); row++) {
      answerless += table.labelled(row) <= HARDLY_ANY_ANSWER ? 1 : 0;
      if (table.length(row) > FAR_LONGER * usual) {
        suspicions.add(
            new Suspicion(
                row,
                2 + Math.log10((double) table.length(row) / usual),
                "%d tokens, where 99 of 100 rows have at most %d"
                    .formatted(table.length(row), usual)));
      }
    }
    if (answerless <= RARE * table.size()) {
      for (int row = 0; row < table.size(); row++) {
        if (table.labelled(row) <= HARDLY_ANY_ANSWER) {
          suspicions.add(
              new Suspicion(
                  row,
                  2.5,
                  "only %d of %d tokens %s trained"
                      .formatted(
                          table.labelled(row),
                          table.length(row),
                          table.labelled(row) == 1 ? "is" : "are")));
        }
      }
    }
  }

  private void findMonotony() {
    BitSet seen = new BitSet();
    for (int row = 0; row < table.size(); row++) {
      if (keptRow[row] < 0 || table.keptLength(row) < LONG_ENOUGH_TO_JUDGE) {
        continue;
      }
      Example example = data.unpacked().get(keptRow[row]);
      seen.clear();
      for (int id : example.inputIds()) {
        seen.set(id);
      }
      int distinct = seen.cardinality();
      if (distinct < HARDLY_ANY_TOKENS * example.length()) {
        suspicions.add(
            new Suspicion(
                row,
                3 + (double) example.length() / distinct / 100,
                "%d tokens, but only %d different ones".formatted(example.length(), distinct)));
      }
    }
  }
}
