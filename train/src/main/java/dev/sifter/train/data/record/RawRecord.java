package dev.sifter.train.data.record;

/**
 * A record as its file gives it: cut out, but perhaps not parsed yet. Cutting needs the file's
 * order; parsing does not, so that several threads can share it.
 */
public sealed interface RawRecord
    permits DataRecord, FormattedRecord, JsonLine, ProjectedRecord, TextDocument {

  /** Where it stands. */
  Origin origin();

  /** About how many bytes it takes, to share out work by. */
  int bytes();

  /**
   * The record.
   *
   * @throws DataException if the text is not JSON, or no object
   */
  DataRecord parse();
}
