package dev.sifter.train.data;

import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one forward pass, as the engine takes them: documents one after the other without
 * padding, and for each trained token the row that predicts it.
 *
 * <p>Padding never reaches the engine: padded tokens are seen by nobody and bear no label, so
 * leaving them out changes no result. A padded batch therefore differs from a padding-free one only
 * in what is counted.
 *
 * @param tokens the documents
 * @param labelRows rows of {@code tokens} that predict a trained token
 * @param targets that token, for each of them
 * @param examples number of rows of data
 * @param numTokens tokens as TRL's {@code num_tokens} counts them: those of the attention mask, or
 *     of the flat row
 * @param computedTokens tokens as {@code total_flos} counts them: with padding, where there is some
 * @param rowLength tokens of a row as the reference stack holds it: padded, or the whole flat row
 */
public record MicroBatch(
    TokenBatch tokens,
    int[] labelRows,
    int[] targets,
    int examples,
    int numTokens,
    int computedTokens,
    int rowLength) {

  /** Rows padded on the right to the longest of them, or to a multiple of {@code multiple}. */
  public static MicroBatch padded(List<Example> rows, int multiple) {
    int longest = rows.stream().mapToInt(Example::length).max().orElse(0);
    int width = roundUp(longest, multiple);
    int tokens = totalLength(rows);
    return collate(rows, tokens, Math.multiplyExact(width, rows.size()), width);
  }

  /** Rows flattened into one; packed rows keep their documents apart. */
  public static MicroBatch paddingFree(List<Example> rows) {
    return paddingFree(rows, 1);
  }

  /** Rows flattened into one, whose length counts as padded to a multiple of {@code multiple}. */
  public static MicroBatch paddingFree(List<Example> rows, int multiple) {
    int length = roundUp(totalLength(rows), multiple);
    return collate(rows, length, length, length);
  }

  /**
   * {@code num_items_in_batch}: the trained tokens of all micro-batches of one update, by which the
   * sum of their losses is divided.
   */
  public static long numItemsInBatch(List<MicroBatch> update) {
    return update.stream().mapToLong(batch -> batch.targets().length).sum();
  }

  private static int totalLength(List<Example> rows) {
    return Math.toIntExact(rows.stream().mapToLong(Example::length).sum());
  }

  private static int roundUp(int length, int multiple) {
    if (multiple < 1) {
      throw new IllegalArgumentException(
          "pad_to_multiple_of is %d; it must be at least 1".formatted(multiple));
    }
    return Math.multiplyExact(Math.ceilDiv(length, multiple), multiple);
  }

  private static MicroBatch collate(
      List<Example> rows, int numTokens, int computedTokens, int rowLength) {
    List<int[]> documents = new ArrayList<>();
    int[] labelRows = new int[totalLength(rows)];
    int[] targets = new int[labelRows.length];
    int labels = 0;
    int start = 0;
    for (Example row : rows) {
      int from = 0;
      for (int length : row.documentLengths()) {
        documents.add(Arrays.copyOfRange(row.inputIds(), from, from + length));
        // The first token of a document is predicted by nothing.
        for (int t = 1; t < length; t++) {
          if (row.labels()[from + t] != Example.IGNORED) {
            labelRows[labels] = start + t - 1;
            targets[labels++] = row.labels()[from + t];
          }
        }
        from += length;
        start += length;
      }
    }
    return new MicroBatch(
        TokenBatch.of(documents),
        Arrays.copyOf(labelRows, labels),
        Arrays.copyOf(targets, labels),
        rows.size(),
        numTokens,
        computedTokens,
        rowLength);
  }
}
