package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One line of a file of JSON lines, not parsed yet.
 *
 * @param origin where it stands
 * @param utf8 the line without its end
 */
record JsonLine(Origin origin, byte[] utf8) implements RawRecord {
  @Override
  public int bytes() {
    return utf8.length;
  }

  @Override
  public DataRecord parse() {
    try {
      JsonNode node = Json.reader().readTree(text());
      if (node instanceof ObjectNode object) {
        return new DataRecord(origin, object);
      }
      throw new DataException(
          origin, "a record is a JSON object with fields, not a %s".formatted(node.getNodeType()));
    } catch (JsonProcessingException e) {
      throw new DataException(
          origin,
          "not JSON: %s (column %d)%s"
              .formatted(
                  Json.reason(e),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr(),
                  text().stripLeading().startsWith("{")
                      ? ""
                      : "; plain text is read from files whose names end in .txt"),
          e);
    }
  }

  /** The quick decoder replaces what is malformed; only then is the strict one asked. */
  private String text() {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
      } catch (CharacterCodingException e) {
        throw new DataException(
            origin, "not UTF-8 text; records are read as UTF-8 only: convert the file", e);
      }
    }
    return text;
  }
}
