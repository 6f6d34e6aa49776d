package dev.sifter.train.data;

import java.util.Arrays;

/**
 * What preparation did to the records.
 *
 * @param records number of records read
 * @param lengths tokens of each record before truncation, in order
 * @param tokens tokens of all rows that are trained on
 * @param trainedTokens labels of those rows
 * @param truncated records that lost tokens
 * @param truncatedTokens tokens that were lost
 * @param dropped records left without a trained token by truncation, and dropped
 * @param rows rows to train on; fewer than records when packed
 * @param unalignedPrompts records whose prompt's tokens do not begin the tokens of the whole
 */
public record DatasetStatistics(
    int records,
    int[] lengths,
    long tokens,
    long trainedTokens,
    int truncated,
    long truncatedTokens,
    int dropped,
    int rows,
    int unalignedPrompts) {

  /** Trained tokens among all tokens, from 0 to 1. */
  public double trainedShare() {
    return tokens == 0 ? 0 : (double) trainedTokens / tokens;
  }

  /**
   * The length that a share of the records does not exceed: the smallest length that at least
   * {@code share · records} records have or stay below.
   *
   * @param share from 0 to 1: 0.5 for the median
   */
  public int lengthQuantile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of %s: 0 to 1".formatted(share));
    }
    if (lengths.length == 0) {
      return 0;
    }
    int[] sorted = lengths.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
