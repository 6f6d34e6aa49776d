package dev.sifter.tests.parity;

import static dev.sifter.tests.Closeness.assertClose;

import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.tests.Closeness;
import dev.sifter.tests.GoldenTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A padded or packed batch of a golden case, as the engine sees it: documents without padding.
 *
 * @param tokens the documents
 * @param labelRows rows that bear a label: the row before each label
 * @param targets the labels themselves
 * @param paddedRows for each engine row, its row in the golden's [B, T] layout
 */
record GoldenBatch(TokenBatch tokens, int[] labelRows, int[] targets, int[] paddedRows) {

  static GoldenBatch read(GoldenTensors file) {
    int width = (int) file.shape("input_ids")[1];
    int[] ids = file.ints("input_ids");
    int[] labels = file.ints("labels");
    List<int[]> ranges =
        file.names().contains("position_ids")
            ? packedRanges(file.ints("position_ids"), width)
            : paddedRanges(mask(file, ids.length), width);
    return of(ids, labels, ranges, width);
  }

  /** Documents as ranges [from, to) of the flattened [B, T] arrays. */
  static GoldenBatch of(int[] ids, int[] labels, List<int[]> ranges, int width) {
    List<int[]> documents = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    List<Integer> padded = new ArrayList<>();
    for (int[] range : ranges) {
      documents.add(Arrays.copyOfRange(ids, range[0], range[1]));
      for (int at = range[0]; at < range[1]; at++) {
        // Row t predicts label t + 1 of the same padded row, wherever documents begin.
        boolean lastOfRow = (at + 1) % width == 0;
        if (!lastOfRow && labels[at + 1] != -100) {
          rows.add(padded.size());
          targets.add(labels[at + 1]);
        }
        padded.add(at);
      }
    }
    return new GoldenBatch(
        TokenBatch.of(documents), toArray(rows), toArray(targets), toArray(padded));
  }

  /** Compares logits of all rows with those of the golden, where it is not padded. */
  void assertLogits(GoldenTensors expected, String name, float[][] actual, double tolerance) {
    float[] all = expected.floats(name);
    double magnitude = Closeness.maxMagnitude(all);
    int vocab = actual[0].length;
    for (int row = 0; row < actual.length; row++) {
      int from = paddedRows[row] * vocab;
      float[] wanted = Arrays.copyOfRange(all, from, from + vocab);
      assertClose(name + " of row " + row, actual[row], wanted, 0, tolerance * magnitude);
    }
  }

  int[] allRows() {
    int[] rows = new int[tokens.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return rows;
  }

  /** A case without a mask is one of whole rows. */
  private static int[] mask(GoldenTensors file, int count) {
    if (file.names().contains("attention_mask")) {
      return file.ints("attention_mask");
    }
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static List<int[]> paddedRanges(int[] mask, int width) {
    List<int[]> ranges = new ArrayList<>();
    for (int from = 0; from < mask.length; from += width) {
      int to = from;
      while (to < from + width && mask[to] == 1) {
        to++;
      }
      ranges.add(new int[] {from, to});
    }
    return ranges;
  }

  private static List<int[]> packedRanges(int[] positions, int width) {
    List<int[]> ranges = new ArrayList<>();
    int from = 0;
    for (int at = 1; at <= positions.length; at++) {
      if (at == positions.length || positions[at] != positions[at - 1] + 1 || at % width == 0) {
        ranges.add(new int[] {from, at});
        from = at;
      }
    }
    return ranges;
  }

  private static int[] toArray(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
