package dev.sifter.train.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Takes rows one by one and gives them back as a list: in memory, or in a file. */
interface RowSink extends AutoCloseable {
  /** Takes a row of one document. */
  void add(Example row) throws IOException;

  /**
   * All rows.
   *
   * @param summary what else is remembered of them
   * @param isKept whether a later run may find them
   */
  ExampleRows finish(PreparationSummary summary, boolean isKept) throws IOException;

  /** Lets go of what was not finished. */
  @Override
  void close() throws IOException;

  /** A sink in memory. */
  static RowSink inMemory() {
    return new RowSink() {
      private final List<Example> rows = new ArrayList<>();

      @Override
      public void add(Example row) {
        rows.add(row);
      }

      @Override
      public ExampleRows finish(PreparationSummary summary, boolean isKept) {
        return ExampleRows.of(rows);
      }

      @Override
      public void close() {}
    };
  }
}
