package dev.sifter.train.data.record;

import java.io.IOException;

/** The records of one file, in order. Its {@code toString} names the file. */
interface RecordSource extends AutoCloseable {
  /**
   * The next record.
   *
   * @param record its number among all records of the data
   * @return null at the end
   * @throws DataException if the file is not what it should be
   */
  RawRecord read(long record) throws IOException;

  @Override
  void close() throws IOException;
}
