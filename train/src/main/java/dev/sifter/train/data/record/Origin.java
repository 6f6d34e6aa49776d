package dev.sifter.train.data.record;

/**
 * Where a record comes from.
 *
 * @param file the file, as it was named
 * @param line its line, or in a JSON array the line where it begins; from 1
 * @param record its number among all records of the data, from 0
 */
public record Origin(String file, long line, long record) {

  @Override
  public String toString() {
    return "%s:%d (record %d)".formatted(file, line, record);
  }
}
