package dev.sifter.train.data.record;

/**
 * A record that is made of another.
 *
 * @param source the other
 * @param format what is made of it
 */
record FormattedRecord(RawRecord source, RecordFormat format) implements RawRecord {
  @Override
  public Origin origin() {
    return source.origin();
  }

  @Override
  public int bytes() {
    return source.bytes();
  }

  @Override
  public DataRecord parse() {
    return format.apply(source.parse());
  }
}
