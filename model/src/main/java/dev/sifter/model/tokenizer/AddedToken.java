package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A token that is found in the text before anything else is done with it.
 *
 * @param content its text
 * @param id its id
 * @param singleWord found only where no word character touches it
 * @param lstrip takes the white space before it along
 * @param rstrip takes the white space after it along
 * @param normalized looked for in normalised text, not in the original
 * @param special left out by a decoder that skips special tokens
 */
record AddedToken(
    String content,
    int id,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  /** A special token without options, as chat markers are. */
  static AddedToken special(String content, int id) {
    return new AddedToken(content, id, false, false, false, false, true);
  }

  /** Reads the token with this id. */
  static AddedToken parse(JsonAt json, int id, boolean special) {
    String content = json.get("content").string();
    boolean isSpecial = json.get("special").bool(special);
    return new AddedToken(
        content,
        id,
        json.get("single_word").bool(false),
        json.get("lstrip").bool(false),
        json.get("rstrip").bool(false),
        json.get("normalized").bool(!isSpecial),
        isSpecial);
  }

  /** The token as a special one; where it is looked for does not change. */
  AddedToken asSpecial() {
    return new AddedToken(content, id, singleWord, lstrip, rstrip, normalized, true);
  }

  /** The token as an element of {@code added_tokens}. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", id);
    json.put("content", content);
    json.put("single_word", singleWord);
    json.put("lstrip", lstrip);
    json.put("rstrip", rstrip);
    json.put("normalized", normalized);
    json.put("special", special);
    return json;
  }
}
