package dev.sifter.train.options;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads a YAML document with its anchors, aliases and merge keys ({@code &base}, {@code *base},
 * {@code <<: *base}). Jackson's own tree has the name of an alias in place of what it stands for.
 * An alias of a single value is refused, because Jackson does not tell the anchor of one.
 */
public final class YamlTree {
  /** A few aliases of aliases of aliases stand for billions of nodes. */
  private static final int MAX_NODES = 1_000_000;

  private static final String MERGE = "<<";

  private final ObjectMapper mapper;
  private final YAMLParser parser;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int nodes;

  private YamlTree(ObjectMapper mapper, YAMLParser parser) {
    this.mapper = mapper;
    this.parser = parser;
  }

  /** What an anchor names, and of how many nodes it is. */
  private record Anchored(JsonNode node, int nodes) {}

  /**
   * Reads a document.
   *
   * @param yaml a mapper for YAML, whose settings hold
   * @return the tree; missing where the text is empty
   * @throws JsonProcessingException if the text is not YAML, has a second document, or an alias of
   *     anything but a list or a mapping before it
   */
  public static JsonNode read(ObjectMapper yaml, String text) throws JsonProcessingException {
    try (YAMLParser parser = (YAMLParser) yaml.createParser(text)) {
      if (parser.nextToken() == null) {
        return yaml.missingNode();
      }
      JsonNode tree = new YamlTree(yaml, parser).node();
      if (parser.nextToken() != null) {
        throw new JsonParseException(parser, "a second document begins; only one is read");
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode node() throws IOException {
    if (parser.isCurrentAlias()) {
      return aliased(parser.getText());
    }
    String anchor = parser.getObjectId();
    int before = nodes;
    count(1);
    JsonNode node =
        switch (parser.currentToken()) {
          case START_OBJECT -> object();
          case START_ARRAY -> array();
          default -> mapper.readTree(parser);
        };
    if (anchor != null) {
      anchors.put(anchor, new Anchored(node, nodes - before));
    }
    return node;
  }

  private JsonNode aliased(String name) throws JsonParseException {
    Anchored anchored = anchors.get(name);
    if (anchored == null) {
      throw new JsonParseException(
          parser,
          "no list and no keys and values with the anchor &%s come before *%s; write a single value"
                  .formatted(name, name)
              + " out, and put a text that begins with * in quotes");
    }
    count(anchored.nodes);
    return anchored.node.deepCopy();
  }

  private void count(int more) throws JsonParseException {
    nodes += more;
    if (nodes > MAX_NODES) {
      throw new JsonParseException(
          parser, "the document has more than %d values, aliases included".formatted(MAX_NODES));
    }
  }

  private ArrayNode array() throws IOException {
    ArrayNode array = mapper.createArrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(node());
    }
    return array;
  }

  /** A mapping; its own keys win over those that it merges, and of these the first. */
  private ObjectNode object() throws IOException {
    ObjectNode object = mapper.createObjectNode();
    JsonNode merged = mapper.createArrayNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      if (key.equals(MERGE)) {
        JsonNode value = node();
        merged = value.isArray() ? value : mapper.createArrayNode().add(value);
      } else {
        object.set(key, node());
      }
    }
    for (JsonNode base : merged) {
      if (!base.isObject()) {
        throw new JsonParseException(parser, "<< takes keys and values, or a list of such");
      }
      base.properties().forEach(entry -> object.putIfAbsent(entry.getKey(), entry.getValue()));
    }
    return object;
  }
}
