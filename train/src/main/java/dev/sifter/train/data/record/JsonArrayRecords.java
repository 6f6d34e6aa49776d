package dev.sifter.train.data.record;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.BufferedReader;
import java.io.IOException;

/** A JSON array of objects, read one object at a time. */
final class JsonArrayRecords implements RecordSource {
  private final String file;
  private final JsonParser parser;
  private boolean ended;

  JsonArrayRecords(String file, BufferedReader reader) throws IOException {
    this.file = file;
    this.parser = Json.mapper().createParser(reader);
    parser.nextToken();
  }

  @Override
  public DataRecord read(long record) throws IOException {
    if (ended) {
      return null;
    }
    Origin origin = new Origin(file, parser.currentLocation().getLineNr(), record);
    try {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.END_ARRAY) {
        ended = true;
        requireEnd(origin);
        return null;
      }
      origin = new Origin(file, parser.currentTokenLocation().getLineNr(), record);
      JsonNode node = parser.readValueAsTree();
      if (node instanceof ObjectNode object) {
        return new DataRecord(origin, object);
      }
      throw new DataException(
          origin, "a record is a JSON object with fields, not a %s".formatted(node.getNodeType()));
    } catch (JsonEOFException e) {
      throw new DataException(origin, "the JSON array is not closed: the file is cut off", e);
    } catch (JsonProcessingException e) {
      throw new DataException(origin, "not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private void requireEnd(Origin origin) throws IOException {
    if (parser.nextToken() != null) {
      throw new DataException(origin, "something follows the JSON array");
    }
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  @Override
  public String toString() {
    return file;
  }
}
