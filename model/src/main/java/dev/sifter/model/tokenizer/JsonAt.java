package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A JSON value and the key path that leads to it, so that every error can name its place.
 *
 * @param node the value; a missing one is Jackson's missing node
 * @param path for example {@code pre_tokenizer.pretokenizers[1]}
 */
record JsonAt(JsonNode node, String path) {

  /** Whether the value is missing or null. */
  boolean absent() {
    return node.isMissingNode() || node.isNull();
  }

  /** The member {@code name}, which may be absent. */
  JsonAt get(String name) {
    return new JsonAt(node.path(name), path.isEmpty() ? name : path + "." + name);
  }

  /** The elements of this array. */
  List<JsonAt> elements() {
    if (!node.isArray()) {
      throw wrong("an array");
    }
    List<JsonAt> elements = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      elements.add(new JsonAt(node.get(i), path + "[" + i + "]"));
    }
    return elements;
  }

  /**
   * The components of this one: of a Sequence those in its array {@code name}, of sequences in it
   * theirs; else this one itself.
   */
  List<JsonAt> steps(String name) {
    return type().equals("Sequence")
        ? get(name).elements().stream().flatMap(step -> step.steps(name).stream()).toList()
        : List.of(this);
  }

  /** This string. */
  String string() {
    if (!node.isTextual()) {
      throw wrong("a string");
    }
    return node.textValue();
  }

  /** This string, or {@code fallback} where there is none. */
  String string(String fallback) {
    return absent() ? fallback : string();
  }

  /** This boolean, or {@code fallback} where there is none. */
  boolean bool(boolean fallback) {
    if (absent()) {
      return fallback;
    }
    if (!node.isBoolean()) {
      throw wrong("true or false");
    }
    return node.booleanValue();
  }

  /** This whole number. */
  long integer() {
    if (!node.canConvertToLong() || !node.isIntegralNumber()) {
      throw wrong("a whole number");
    }
    return node.longValue();
  }

  /** This whole number, or {@code fallback} where there is none. */
  long integer(long fallback) {
    return absent() ? fallback : integer();
  }

  /** This number. */
  double number() {
    if (!node.isNumber()) {
      throw wrong("a number");
    }
    return node.doubleValue();
  }

  /** This object's {@code type}, the name of a component. */
  String type() {
    if (!node.isObject()) {
      throw wrong("an object with a \"type\"");
    }
    return get("type").string();
  }

  /** The error that this component's type is none of {@code supported}. */
  TokenizerException unsupported(Collection<String> supported) {
    return new TokenizerException(
        "%s.type: \"%s\" is not supported; supported are %s"
            .formatted(path, get("type").node.asText(), String.join(", ", supported)));
  }

  /** The error that this value is not what it has to be. */
  TokenizerException wrong(String expected) {
    String found = absent() ? "nothing" : node.toString();
    if (found.length() > 80) {
      found = found.substring(0, 80) + "...";
    }
    return new TokenizerException("%s: expected %s, found %s".formatted(path, expected, found));
  }
}
