package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.sifter.model.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A table of comma-separated values (RFC 4180) whose first row names the columns. Every value is a
 * text; an empty one counts as absent. Columns that hold lists in other formats hold them as JSON.
 */
final class CsvRecords implements RecordSource {
  private static final int MAX_FIELD_CHARS = 1 << 26;

  private final String file;
  private final CsvReader<CsvRecord> reader;
  private final CloseableIterator<CsvRecord> rows;
  private final List<String> columns;
  private long line = 1;

  /**
   * A table.
   *
   * @param separator between two values of a row
   */
  CsvRecords(String file, BufferedReader text, char separator) throws IOException {
    this.file = file;
    this.reader =
        CsvReader.builder()
            .fieldSeparator(separator)
            .allowExtraFields(false)
            .allowMissingFields(false)
            .allowExtraCharsAfterClosingQuote(false)
            .maxBufferSize(MAX_FIELD_CHARS)
            .ofCsvRecord(text);
    this.rows = reader.iterator();
    CsvRecord header = next(0);
    this.columns = header == null ? List.of() : header.getFields();
    Set<String> seen = new HashSet<>();
    for (String column : columns) {
      if (column.isBlank() || !seen.add(column)) {
        throw new DataException(
            new Origin(file, 1, 0),
            "the first row names the columns, but '%s' is %s"
                .formatted(column, column.isBlank() ? "blank" : "there twice"));
      }
    }
  }

  @Override
  public RawRecord read(long record) throws IOException {
    CsvRecord row = next(record);
    if (row == null) {
      return null;
    }
    Origin origin = new Origin(file, row.getStartingLineNumber(), record);
    ObjectNode fields = Json.mapper().createObjectNode();
    for (int i = 0; i < columns.size(); i++) {
      String value = row.getField(i);
      if (value.isEmpty()) {
        fields.putNull(columns.get(i));
      } else if (JsonFields.contains(columns.get(i))) {
        putJson(fields, origin, columns.get(i), value);
      } else {
        fields.put(columns.get(i), value);
      }
    }
    return new DataRecord(origin, fields);
  }

  private static void putJson(ObjectNode fields, Origin origin, String column, String value) {
    try {
      fields.set(column, JsonFields.parse(value));
    } catch (JsonProcessingException e) {
      throw new DataException(
          origin,
          "column '%s' is not JSON: %s; a list in a CSV file is written as JSON, with double"
                  .formatted(column, e.getOriginalMessage())
              + " quotes, or better in a file of JSON lines or Parquet",
          e);
    }
  }

  /** The next row; null at the end. */
  private CsvRecord next(long record) throws IOException {
    try {
      if (!rows.hasNext()) {
        return null;
      }
      CsvRecord row = rows.next();
      line = row.getStartingLineNumber();
      return row;
    } catch (CsvParseException e) {
      String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
      throw new DataException(
          new Origin(file, line, record), "not CSV, in this row or the next: " + why, e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  @Override
  public String toString() {
    return "%s, line %d".formatted(file, line);
  }
}
