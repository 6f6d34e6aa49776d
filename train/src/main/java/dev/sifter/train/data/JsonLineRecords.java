package dev.sifter.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.BufferedReader;
import java.io.IOException;

/** One JSON object a line. */
final class JsonLineRecords implements DatasetReader.RecordSource {
  /** A longer line is no record: it would fill the memory before it could be judged. */
  private static final int MAX_LINE_CHARS = 1 << 26;

  private static final ObjectReader JSON =
      Json.mapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final String file;
  private final BufferedReader reader;
  private final StringBuilder line = new StringBuilder();
  private long lineNumber;

  JsonLineRecords(String file, BufferedReader reader) {
    this.file = file;
    this.reader = reader;
  }

  @Override
  public DataRecord read(long record) throws IOException {
    while (readLine(record)) {
      String text = line.toString();
      if (!text.isBlank()) {
        return parse(text, new Origin(file, lineNumber, record));
      }
    }
    return null;
  }

  private boolean readLine(long record) throws IOException {
    line.setLength(0);
    lineNumber++;
    int c;
    while ((c = reader.read()) >= 0 && c != '\n') {
      if (line.length() == MAX_LINE_CHARS) {
        throw new DataException(
            new Origin(file, lineNumber, record),
            "the line has more than %d characters; one record stands on one line"
                .formatted(MAX_LINE_CHARS));
      }
      line.append((char) c);
    }
    return c >= 0 || !line.isEmpty();
  }

  private static DataRecord parse(String text, Origin origin) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node instanceof ObjectNode object) {
        return new DataRecord(origin, object);
      }
      throw new DataException(
          origin, "a record is a JSON object with fields, not a %s".formatted(node.getNodeType()));
    } catch (JsonProcessingException e) {
      throw new DataException(
          origin,
          "not JSON: %s (column %d)"
              .formatted(
                  e.getOriginalMessage(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr()),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  @Override
  public String toString() {
    return "%s, line %d".formatted(file, lineNumber);
  }
}
