package dev.sifter.train.data.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.FieldAccessor;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The rows of a Parquet file as JSON objects. A member of a struct that is null is left out:
 * Parquet gives every struct of a column all the members that any of them has.
 */
final class ParquetRecords implements RecordSource {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /**
   * The reader tells on standard error which SIMD width and decompressor it found; held, or lost.
   */
  private static final Logger READER_LOG = Logger.getLogger("dev.hardwood");

  static {
    READER_LOG.setLevel(Level.WARNING);
    // The JDK's own inflater, not a native library that this machine may happen to have.
    System.setProperty("hardwood.uselibdeflate", "false");
  }

  private final Path file;
  private final StallGuard guard;
  private final ParquetFileReader reader;
  private final RowReader rows;
  private long row;

  /**
   * Opens a file.
   *
   * @param stallMillis how long the reader may take for a row group
   */
  ParquetRecords(Path file, long stallMillis) throws IOException {
    this.file = file;
    this.guard = new StallGuard(stallMillis);
    ParquetFileReader opened = null;
    try {
      opened = ParquetFileReader.open(new ChannelInputFile(file));
      ParquetPages.requireInside(file, opened.getFileMetaData());
      this.rows = guard.guarded(opened::rowReader);
      this.reader = opened;
    } catch (IOException | RuntimeException e) {
      guard.close();
      if (opened != null) {
        opened.close();
      }
      throw new DataException("%s cannot be read as Parquet: %s".formatted(file, reason(e)), e);
    }
  }

  @Override
  public RawRecord read(long record) {
    try {
      return guard.guarded(() -> next(record));
    } catch (RuntimeException e) {
      // A damaged file shows in whatever way the reader stumbles over it.
      throw new DataException(
          new Origin(file.toString(), row + 1, record),
          "the Parquet file is damaged, or has what is not read here: " + reason(e),
          e);
    }
  }

  private RawRecord next(long record) {
    if (!rows.hasNext()) {
      return null;
    }
    rows.next();
    row++;
    return new DataRecord(new Origin(file.toString(), row, record), object(rows, false));
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static ObjectNode object(FieldAccessor struct, boolean leaveOutNulls) {
    ObjectNode object = NODES.objectNode();
    for (int i = 0; i < struct.getFieldCount(); i++) {
      String name = struct.getFieldName(i);
      JsonNode value = struct.isNull(name) ? NODES.nullNode() : node(struct.getValue(name));
      if (!leaveOutNulls || !value.isNull()) {
        object.set(name, value);
      }
    }
    return object;
  }

  private static JsonNode node(Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case String text -> NODES.textNode(text);
      case Boolean bit -> NODES.booleanNode(bit);
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case Float number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case BigDecimal number -> NODES.numberNode(number);
      case byte[] bytes -> NODES.textNode(utf8(bytes));
      case PqStruct struct -> object(struct, true);
      case PqList list -> array(list);
      case PqMap map -> map(map);
      default -> NODES.textNode(value.toString());
    };
  }

  private static ArrayNode array(PqList list) {
    ArrayNode array = NODES.arrayNode(list.size());
    for (int i = 0; i < list.size(); i++) {
      array.add(node(list.get(i)));
    }
    return array;
  }

  private static ObjectNode map(PqMap map) {
    ObjectNode object = NODES.objectNode();
    for (PqMap.Entry entry : map.getEntries()) {
      object.set(node(entry.getKey()).asText(), node(entry.getValue()));
    }
    return object;
  }

  /** Text of writers that did not say that it is text. */
  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a binary value is not UTF-8 text", e);
    }
  }

  @Override
  public void close() throws IOException {
    try (guard;
        reader) {
      rows.close();
    }
  }

  @Override
  public String toString() {
    return "%s, row %d".formatted(file, row);
  }
}
