package dev.sifter.train.data;

import java.util.Arrays;
import java.util.SortedMap;

/**
 * What preparation did to the records.
 *
 * @param table every row before packing
 * @param formats how many rows there are of each kind of record
 * @param records number of records read
 * @param tokens tokens of all rows that are trained on
 * @param trainedTokens labels of those rows
 * @param truncated rows that lost tokens
 * @param truncatedTokens tokens that were lost
 * @param dropped rows left without a trained token by truncation, and dropped
 * @param rows rows to train on; fewer than records when packed
 * @param unalignedPrompts rows whose prompt's tokens do not begin the tokens of the whole
 * @param unreadFields how many records have a field that the chat template leaves out, by its name
 */
public record DatasetStatistics(
    RecordTable table,
    SortedMap<String, Integer> formats,
    int records,
    long tokens,
    long trainedTokens,
    int truncated,
    long truncatedTokens,
    int dropped,
    int rows,
    int unalignedPrompts,
    SortedMap<String, Integer> unreadFields) {

  /** Tokens of each row before truncation and packing, in order. */
  public int[] lengths() {
    return table.lengths();
  }

  /** Trained tokens among all tokens, from 0 to 1. */
  public double trainedShare() {
    return tokens == 0 ? 0 : (double) trainedTokens / tokens;
  }

  /** Rows that lost tokens or were dropped, among all, from 0 to 1. */
  public double truncatedShare() {
    return table.size() == 0 ? 0 : (double) truncated / table.size();
  }

  /**
   * The length that a share of the rows does not exceed: the smallest length that at least {@code
   * share · rows} rows have or stay below.
   *
   * @param share from 0 to 1: 0.5 for the median
   */
  public int lengthQuantile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of %s: 0 to 1".formatted(share));
    }
    int[] sorted = lengths();
    if (sorted.length == 0) {
      return 0;
    }
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
