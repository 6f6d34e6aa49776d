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
 * @param numTokens tokens as TRL's {@code num_tokens} counts them: all but padding
 * @param computedTokens tokens as {@code total_flos} counts them: with padding, where there is some
 */
public record MicroBatch(
    TokenBatch tokens,
    int[] labelRows,
    int[] targets,
    int examples,
    int numTokens,
    int computedTokens) {

  /** Rows padded on the right to the longest of them, or to a multiple of {@code multiple}. */
  public static MicroBatch padded(List<Example> rows, int multiple) {
    int longest = rows.stream().mapToInt(Example::length).max().orElse(0);
    int width = Math.ceilDiv(longest, multiple) * multiple;
    return collate(rows, width * rows.size());
  }

  /** Rows flattened into one; packed rows keep their documents apart. */
  public static MicroBatch paddingFree(List<Example> rows) {
    return collate(rows, rows.stream().mapToInt(Example::length).sum());
  }

  private static MicroBatch collate(List<Example> rows, int computedTokens) {
    List<int[]> documents = new ArrayList<>();
    List<Integer> labelRows = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    int start = 0;
    for (Example row : rows) {
      int from = 0;
      for (int length : row.documentLengths()) {
        documents.add(Arrays.copyOfRange(row.inputIds(), from, from + length));
        // The first token of a document is predicted by nothing.
        for (int t = 1; t < length; t++) {
          if (row.labels()[from + t] != Example.IGNORED) {
            labelRows.add(start + t - 1);
            targets.add(row.labels()[from + t]);
          }
        }
        from += length;
        start += length;
      }
    }
    return new MicroBatch(
        TokenBatch.of(documents),
        labelRows.stream().mapToInt(Integer::intValue).toArray(),
        targets.stream().mapToInt(Integer::intValue).toArray(),
        rows.size(),
        start,
        computedTokens);
  }
}
