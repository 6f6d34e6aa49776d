package dev.sifter.train.data.record;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One record as it stands in a file.
 *
 * @param origin where it stands
 * @param fields the JSON object, or the columns of a table as one
 */
public record DataRecord(Origin origin, ObjectNode fields) implements RawRecord {
  /** A guess: the tree has no size, and a record of a table is seldom larger. */
  private static final int GUESSED_BYTES = 4096;

  @Override
  public int bytes() {
    return GUESSED_BYTES;
  }

  @Override
  public DataRecord parse() {
    return this;
  }
}
