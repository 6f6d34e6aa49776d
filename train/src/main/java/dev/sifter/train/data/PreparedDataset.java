package dev.sifter.train.data;

import java.util.List;

/**
 * Rows to train on.
 *
 * @param examples the rows, which may lie on disk
 * @param unpacked the rows before packing and shuffling, in the order of the table of statistics,
 *     without those that were dropped
 * @param statistics what they were made of
 * @param warnings what may be a mistake, in sentences
 * @param refusals why these rows are not to be trained on; empty unless refusals are collected
 *     instead of thrown
 */
public record PreparedDataset(
    ExampleRows examples,
    ExampleRows unpacked,
    DatasetStatistics statistics,
    List<String> warnings,
    List<String> refusals) {
  /** Copies the lists. */
  public PreparedDataset {
    warnings = List.copyOf(warnings);
    refusals = List.copyOf(refusals);
  }
}
