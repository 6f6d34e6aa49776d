package dev.sifter.train.data.record;

import java.util.List;

/**
 * A record of which only some columns are taken.
 *
 * @param whole the record
 * @param columns the names of those to keep
 */
record ProjectedRecord(RawRecord whole, List<String> columns) implements RawRecord {
  @Override
  public Origin origin() {
    return whole.origin();
  }

  @Override
  public int bytes() {
    return whole.bytes();
  }

  @Override
  public DataRecord parse() {
    DataRecord record = whole.parse();
    for (String column : columns) {
      if (!record.fields().has(column)) {
        throw new DataException(
            origin(), "there is no column '%s', which columns names".formatted(column));
      }
    }
    return new DataRecord(origin(), record.fields().deepCopy().retain(columns));
  }
}
