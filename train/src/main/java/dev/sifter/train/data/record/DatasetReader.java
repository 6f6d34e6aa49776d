package dev.sifter.train.data.record;

import dev.sifter.model.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Reads the records of files one by one: JSON lines, JSON arrays of objects, CSV and TSV tables,
 * Parquet, plain text in documents. CSV, TSV and plain text ({@code .txt}) are known by their
 * names, the others by how they begin. Text may be packed with gzip or Zstandard. Blank lines and
 * documents are skipped.
 */
public final class DatasetReader implements Iterator<RawRecord>, AutoCloseable {
  private static final long PARQUET_STALL_MILLIS = 60_000;

  private final Iterator<Path> files;
  private final String documentSeparator;
  private RecordSource source;
  private DataInput input;
  private long bytesOfEndedFiles;
  private Path file;
  private long records;
  private RawRecord next;

  private DatasetReader(List<Path> files, String documentSeparator, long firstRecord) {
    this.files = files.iterator();
    this.documentSeparator = documentSeparator;
    this.records = firstRecord;
  }

  /**
   * Opens files.
   *
   * @param patterns paths and globs, read in this order
   * @throws DataException if one of them finds no file
   */
  public static DatasetReader open(List<String> patterns) {
    return open(DataSource.of(patterns), 0);
  }

  /**
   * Opens a stream of JSON lines or of a JSON array, such as standard input.
   *
   * @param name what messages call it
   */
  public static DatasetReader open(InputStream stream, String name) {
    DatasetReader reader = new DatasetReader(List.of(), null, 0);
    reader.source = explained(name, () -> json(DataInput.unpacked(stream, name), name));
    return reader;
  }

  /** Opens the files of a data set whose first record has a certain number. */
  static DatasetReader open(DataSource source, long firstRecord) {
    return new DatasetReader(source.paths(), source.documentSeparator(), firstRecord);
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
        file = files.next();
        source = explained(file, this::openSource);
      }
      next = explained(source, () -> source.read(records));
      if (next == null) {
        close();
      }
    }
    return true;
  }

  @Override
  public RawRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException("after %d records".formatted(records));
    }
    RawRecord record = next;
    next = null;
    records++;
    return record;
  }

  /** Something read from a file. */
  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T explained(Object place, Reading<T> reading) {
    try {
      return reading.read();
    } catch (CharacterCodingException e) {
      throw new DataException(
          "%s is not UTF-8 text; records are read as UTF-8 only".formatted(place));
    } catch (IOException e) {
      if (DataInput.isDamage(e)) {
        throw new DataException(
            "%s: the packed file is damaged or cut off (%s): fetch or pack it again"
                .formatted(place, e.getMessage()));
      }
      throw FileErrors.because("cannot read " + place, e);
    }
  }

  private RecordSource openSource() throws IOException {
    if (DataInput.isParquet(file)) {
      return new ParquetRecords(file, PARQUET_STALL_MILLIS);
    }
    input = DataInput.open(file);
    InputStream in = input.stream();
    try {
      return switch (DataInput.extension(file)) {
        case "csv" -> new CsvRecords(file.toString(), DataInput.text(in), ',');
        case "tsv" -> new CsvRecords(file.toString(), DataInput.text(in), '\t');
        case "txt" -> new TextDocuments(file.toString(), DataInput.text(in), documentSeparator);
        case "parquet" ->
            throw new DataException(
                "%s does not begin as a Parquet file does: it is damaged, or something else"
                    .formatted(file));
        default -> json(in, file.toString());
      };
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private static RecordSource json(InputStream in, String name) throws IOException {
    return DataInput.firstByte(in) == '['
        ? new JsonArrayRecords(name, DataInput.text(in))
        : new JsonLineRecords(name, in);
  }

  /** Bytes of the files that have been read, packed as they are; Parquet counts file by file. */
  public long bytesRead() {
    return explained(file, () -> bytesOfEndedFiles + (input == null ? 0 : input.bytesRead()));
  }

  @Override
  public void close() {
    if (source != null) {
      RecordSource closing = source;
      source = null;
      input = null;
      explained(
          closing,
          () -> {
            closing.close();
            bytesOfEndedFiles += file == null ? 0 : Files.size(file);
            return null;
          });
    }
  }
}
