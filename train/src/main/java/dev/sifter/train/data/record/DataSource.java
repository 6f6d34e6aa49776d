package dev.sifter.train.data.record;

import java.nio.file.Path;
import java.util.List;

/**
 * One data set of a mixture, with TRL's names of the options.
 *
 * @param files paths, globs and folders
 * @param split {@code split}: of which split of a folder to take the files
 * @param config {@code name}: of which of its configurations; null where none is named
 * @param columns {@code columns}: the columns to take; empty for all
 * @param documentSeparator what stands between two documents of a file of plain text; null where a
 *     file is one
 * @param format what is made of each record; null where it stays as it is
 * @param fraction {@code fraction}: its share of the mixture; null where all records are taken
 */
public record DataSource(
    List<String> files,
    String split,
    String config,
    List<String> columns,
    String documentSeparator,
    RecordFormat format,
    Double fraction) {
  /** Copies the lists, and checks separator and share. */
  public DataSource {
    files = List.copyOf(files);
    columns = List.copyOf(columns);
    if (documentSeparator != null) {
      checkSeparator(documentSeparator);
    }
    if (fraction != null && !(fraction > 0 && Double.isFinite(fraction))) {
      throw new IllegalArgumentException(
          "fraction is %s; the share of a data set must be above 0".formatted(fraction));
    }
  }

  private static void checkSeparator(String separator) {
    if (separator.isEmpty()) {
      throw new IllegalArgumentException(
          "document_separator is empty; leave it out, or give null for one document a file");
    }
    if (separator.contains("\\n")) {
      throw new IllegalArgumentException(
          "document_separator '%s' has a backslash and an n, where a line break is meant: in YAML"
                  .formatted(separator)
              + " put it in double quotes, in a shell write it as $'%s'".formatted(separator));
    }
  }

  /** All records of files. */
  public static DataSource of(List<String> files) {
    return new DataSource(files, "train", null, List.of(), null, null, null);
  }

  /** What of a record of its files is trained on. */
  RawRecord taken(RawRecord record) {
    RawRecord taken = columns.isEmpty() ? record : new ProjectedRecord(record, columns);
    return format == null ? taken : new FormattedRecord(taken, format);
  }

  /**
   * The files, in the order in which they are read.
   *
   * @throws DataException if one of the patterns finds none
   */
  public List<Path> paths() {
    return DataFiles.expand(files, split, config);
  }
}
