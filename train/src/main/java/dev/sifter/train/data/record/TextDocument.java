package dev.sifter.train.data.record;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * A document of a file of plain text: a record of one field, {@code text}, as {@code load_dataset}
 * makes them.
 *
 * @param origin where it begins
 * @param text the whole of it
 */
record TextDocument(Origin origin, String text) implements RawRecord {
  @Override
  public int bytes() {
    return text.length();
  }

  @Override
  public DataRecord parse() {
    return new DataRecord(origin, JsonNodeFactory.instance.objectNode().put("text", text));
  }
}
