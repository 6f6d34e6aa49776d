package dev.sifter.train.data;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;

/**
 * Reads the records of files one by one: JSON lines, or JSON arrays of objects, plain or gzipped.
 * Which of them a file is, its first characters tell. Blank lines are skipped.
 */
public final class DatasetReader implements Iterator<DataRecord>, AutoCloseable {
  private static final int GZIP_MAGIC = 0x8b1f;

  private final Iterator<Path> files;
  private RecordSource source;
  private long records;
  private DataRecord next;

  private DatasetReader(List<Path> files) {
    this.files = files.iterator();
  }

  /** The records of one file. */
  interface RecordSource extends AutoCloseable {
    /** The next record, numbered {@code record}; null at the end. */
    DataRecord read(long record) throws IOException;

    @Override
    void close() throws IOException;
  }

  /**
   * Opens files.
   *
   * @param patterns paths and globs, read in this order
   * @throws DataException if one of them finds no file
   */
  public static DatasetReader open(List<String> patterns) {
    return new DatasetReader(DataFiles.expand(patterns));
  }

  /**
   * Whether there is another record.
   *
   * @throws DataException if what comes next is not JSON, or no object
   * @throws UncheckedIOException if a file cannot be read
   */
  @Override
  public boolean hasNext() {
    while (next == null) {
      if (source == null) {
        if (!files.hasNext()) {
          return false;
        }
        source = openSource(files.next());
      }
      next = readNext();
      if (next == null) {
        closeSource();
      }
    }
    return true;
  }

  @Override
  public DataRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException("after %d records".formatted(records));
    }
    DataRecord record = next;
    next = null;
    records++;
    return record;
  }

  private DataRecord readNext() {
    try {
      return source.read(records);
    } catch (CharacterCodingException e) {
      throw new DataException(
          "%s is not UTF-8 text; records are read as UTF-8 only".formatted(source));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s: %s".formatted(source, e.getMessage()), e);
    }
  }

  private static RecordSource openSource(Path file) {
    try {
      BufferedReader reader = openText(file);
      try {
        return firstCharacter(reader) == '['
            ? new JsonArrayRecords(file.toString(), reader)
            : new JsonLineRecords(file.toString(), reader);
      } catch (CharacterCodingException e) {
        reader.close();
        throw new DataException("%s is not UTF-8 text".formatted(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** A reader of UTF-8 that fails on malformed bytes, of a file that may be gzipped. */
  static BufferedReader openText(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      in.mark(2);
      int magic = in.read() | in.read() << 8;
      in.reset();
      InputStream plain = magic == GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
      return new BufferedReader(
          new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /** Skips a byte-order mark, and looks at what is there beyond white space. */
  private static int firstCharacter(BufferedReader reader) throws IOException {
    reader.mark(1);
    if (reader.read() != '\uFEFF') {
      reader.reset();
    }
    reader.mark(1 << 12);
    int c = reader.read();
    for (int i = 1; i < 1 << 12 && c >= 0 && Character.isWhitespace(c); i++) {
      c = reader.read();
    }
    reader.reset();
    return c;
  }

  private void closeSource() {
    if (source != null) {
      try {
        source.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close " + source, e);
      }
      source = null;
    }
  }

  @Override
  public void close() {
    closeSource();
  }
}
