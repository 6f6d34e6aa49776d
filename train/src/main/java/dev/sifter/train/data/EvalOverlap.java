package dev.sifter.train.data;

import dev.sifter.train.data.record.Origin;
import java.util.Arrays;

/**
 * Rows of evaluation data that are trained on too, and so tell nothing of new ones.
 *
 * @param records how many there are
 * @param of number of rows of evaluation data
 * @param eval where the first of them stands; null if there is none
 * @param train where the same row stands in the training data
 */
public record EvalOverlap(int records, int of, Origin eval, Origin train) {
  /** No row is in both. */
  public static final EvalOverlap NONE = new EvalOverlap(0, 0, null, null);

  /** Looks for equal rows, by the hashes of all their tokens. */
  public static EvalOverlap of(PreparedDataset train, PreparedDataset eval) {
    RecordTable trained = train.statistics().table();
    RecordTable held = eval.statistics().table();
    long[] hashes = new long[trained.size()];
    Arrays.setAll(hashes, trained::hash);
    Arrays.sort(hashes);
    int records = 0;
    int first = -1;
    for (int row = 0; row < held.size(); row++) {
      if (Arrays.binarySearch(hashes, held.hash(row)) >= 0) {
        first = records++ == 0 ? row : first;
      }
    }
    if (records == 0) {
      return new EvalOverlap(0, held.size(), null, null);
    }
    int twin = 0;
    while (trained.hash(twin) != held.hash(first)) {
      twin++;
    }
    return new EvalOverlap(records, held.size(), held.origin(first), trained.origin(twin));
  }

  /** What that means. */
  public String warning() {
    return ("%d of %d rows of the evaluation data are in the training data too, so that the"
            + " evaluation loss would praise what was learnt by heart; the first is %s, the same as"
            + " %s")
        .formatted(records, of, eval, train);
  }

  /** Why that is refused, and what to do. */
  public String refusal() {
    return warning()
        + ". Drop them from one of the two; check_eval_overlap: false trains nevertheless";
  }
}
