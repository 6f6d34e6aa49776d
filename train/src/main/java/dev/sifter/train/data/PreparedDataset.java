package dev.sifter.train.data;

import java.util.List;

/**
 * Rows to train on.
 *
 * @param examples the rows
 * @param statistics what they were made of
 * @param warnings what may be a mistake, in sentences
 */
public record PreparedDataset(
    List<Example> examples, DatasetStatistics statistics, List<String> warnings) {
  /** Copies the lists. */
  public PreparedDataset {
    examples = List.copyOf(examples);
    warnings = List.copyOf(warnings);
  }
}
