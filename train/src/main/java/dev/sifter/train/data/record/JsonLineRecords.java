package dev.sifter.train.data.record;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** One JSON object a line. Blank lines are skipped. */
final class JsonLineRecords implements RecordSource {
  /** A longer line is no record: it would fill the memory before it could be judged. */
  private static final int MAX_LINE_BYTES = 1 << 26;

  private final String file;
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private int from;
  private int to;
  private long lineNumber;

  JsonLineRecords(String file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  @Override
  public RawRecord read(long record) throws IOException {
    byte[] line;
    while ((line = readLine(record)) != null) {
      if (!isBlank(line)) {
        return new JsonLine(new Origin(file, lineNumber, record), line);
      }
    }
    return null;
  }

  /** The next line without its end; null at the end of the file. */
  private byte[] readLine(long record) throws IOException {
    lineNumber++;
    partial.reset();
    while (from < to || fill()) {
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      boolean ended = end < to;
      int begin = from;
      from = ended ? end + 1 : end;
      if (ended && partial.size() == 0) {
        return Arrays.copyOfRange(buffer, begin, end);
      }
      append(begin, end, record);
      if (ended) {
        return partial.toByteArray();
      }
    }
    return partial.size() > 0 ? partial.toByteArray() : null;
  }

  private void append(int begin, int end, long record) {
    if (partial.size() + (end - begin) > MAX_LINE_BYTES) {
      throw new DataException(
          new Origin(file, lineNumber, record),
          "the line has more than %d bytes; one record stands on one line"
              .formatted(MAX_LINE_BYTES));
    }
    partial.write(buffer, begin, end - begin);
  }

  private boolean fill() throws IOException {
    from = 0;
    to = Math.max(0, in.read(buffer));
    return to > 0;
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  @Override
  public String toString() {
    return "%s, line %d".formatted(file, lineNumber);
  }
}
