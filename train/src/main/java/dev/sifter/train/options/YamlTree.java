package dev.sifter.train.options;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Reads a YAML document as PyYAML's {@code safe_load} does, which transformers, TRL and the harness
 * read theirs with: values by {@linkplain YamlScalar its rules}, anchors, aliases and merge keys
 * ({@code &base}, {@code *base}, {@code <<: *base}).
 */
public final class YamlTree {
  /** A few aliases of aliases of aliases stand for billions of nodes. */
  private static final int MAX_NODES = 1_000_000;

  private static final int MAX_CHARACTERS = 1 << 24;

  /** Deeper than any configuration, and far from the end of the stack. */
  private static final int MAX_DEPTH = 200;

  private static final String MERGE = "<<";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Parser parser;
  private final Wanted wanted;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int nodes;
  private int depth;

  /** The deepest level that the value in hand has reached, aliases included. */
  private int deepest;

  private YamlTree(String text, Wanted wanted) {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MAX_CHARACTERS);
    this.parser = new ParserImpl(new StreamReader(text), limits);
    this.wanted = wanted;
  }

  /** A text is not YAML, or not what is read here. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;

    private Malformed(String message, Mark place) {
      super(message);
      line = place == null ? 0 : place.getLine() + 1;
    }

    /** Where, counted from 1; 0 where this is not known. */
    public int line() {
      return line;
    }
  }

  /**
   * What is read in another way than {@code safe_load} does.
   *
   * @param asText keys whose values are texts as they are written
   * @param textKeys keys whose values are mappings that must have texts for keys
   * @param once whether a key may be given once only
   */
  private record Wanted(Predicate<String> asText, Predicate<String> textKeys, boolean once) {}

  /** What an anchor names, of how many nodes it is, and on how many levels. */
  private record Anchored(JsonNode node, int nodes, int levels) {}

  /**
   * Reads a document as {@code safe_load} does.
   *
   * @return the tree; missing where the text is empty
   * @throws Malformed if the text is not YAML, has a second document, or an alias of nothing
   */
  public static JsonNode read(String text) throws Malformed {
    return read(text, _ -> false);
  }

  /**
   * Reads a document as {@code safe_load} does, and refuses keys that are no texts, such as {@code
   * yes} and {@code 1} without quotes, where they could only be meant as texts.
   *
   * @param textKeys whether the mapping under a key of this name has such keys
   * @return the tree; missing where the text is empty
   * @throws Malformed as {@link #read(String)}
   */
  public static JsonNode read(String text, Predicate<String> textKeys) throws Malformed {
    return read(text, false, new Wanted(_ -> false, textKeys, false));
  }

  /**
   * Reads options. Values of those that are texts, or lists of texts, stay as they are written, but
   * for null, true and false: {@code eval_strategy: no}, {@code output_dir: 007}. A key that is
   * given twice is refused.
   *
   * @param isText whether an option of this name is a text or a list of texts
   * @return the tree; missing where the text is empty
   * @throws Malformed as {@link #read(String)}
   */
  public static JsonNode readOptions(String text, Predicate<String> isText) throws Malformed {
    return read(text, false, new Wanted(isText, _ -> false, true));
  }

  /**
   * Reads the value of one option.
   *
   * @param asWritten whether it is a text or a list of texts
   * @return the value; missing where the text is empty
   * @throws Malformed as {@link #read(String)}
   */
  public static JsonNode readOption(String text, boolean asWritten) throws Malformed {
    return read(text, asWritten, new Wanted(_ -> false, _ -> false, true));
  }

  private static JsonNode read(String text, boolean asWritten, Wanted wanted) throws Malformed {
    try {
      return new YamlTree(text, wanted).document(asWritten);
    } catch (MarkedYAMLException e) {
      String context = e.getContext() == null ? "" : e.getContext() + ": ";
      throw new Malformed(context + e.getProblem(), e.getProblemMark());
    } catch (YAMLException e) {
      throw new Malformed(e.getMessage(), null);
    }
  }

  private JsonNode document(boolean asWritten) throws Malformed {
    parser.getEvent(); // the stream's start
    if (parser.checkEvent(Event.ID.StreamEnd)) {
      return MissingNode.getInstance();
    }
    parser.getEvent(); // the document's start
    JsonNode tree = node(parser.getEvent(), asWritten, "");
    parser.getEvent(); // the document's end
    if (!parser.checkEvent(Event.ID.StreamEnd)) {
      throw malformed("a second document begins; only one is read", parser.peekEvent());
    }
    return tree;
  }

  /**
   * A value.
   *
   * @param asWritten whether its key, or that of its list, wants a text
   * @param key under which it stands; empty in a list
   */
  private JsonNode node(Event event, boolean asWritten, String key) throws Malformed {
    if (event instanceof AliasEvent alias) {
      return aliased(alias);
    }
    int before = nodes;
    int deepestBefore = deepest;
    count(1, event);
    deepest = ++depth;
    checkDepth(event);
    JsonNode node =
        switch (event.getEventId()) {
          case MappingStart -> object(key);
          case SequenceStart -> array(asWritten);
          default -> scalar((ScalarEvent) event, asWritten);
        };
    String anchor = ((NodeEvent) event).getAnchor();
    if (anchor != null) {
      anchors.put(anchor, new Anchored(node, nodes - before, deepest - depth + 1));
    }
    depth--;
    deepest = Math.max(deepest, deepestBefore);
    return node;
  }

  private JsonNode aliased(AliasEvent alias) throws Malformed {
    Anchored anchored = anchors.get(alias.getAnchor());
    if (anchored == null) {
      throw malformed(
          "no value with the anchor &%1$s comes before *%1$s; put a text that begins with * in quotes"
              .formatted(alias.getAnchor()),
          alias);
    }
    count(anchored.nodes, alias);
    deepest = Math.max(deepest, depth + anchored.levels);
    checkDepth(alias);
    return anchored.node.deepCopy();
  }

  private void checkDepth(Event place) throws Malformed {
    if (deepest > MAX_DEPTH) {
      throw malformed("values lie in values deeper than %d".formatted(MAX_DEPTH), place);
    }
  }

  private void count(int more, Event place) throws Malformed {
    nodes += more;
    if (nodes > MAX_NODES) {
      throw malformed(
          "the document has more than %d values, aliases included".formatted(MAX_NODES), place);
    }
  }

  /** A single value; of tags that say what it is, {@code !!str} alone has been seen in use. */
  private JsonNode scalar(ScalarEvent event, boolean asWritten) throws Malformed {
    String tag = event.getTag();
    if (Tag.STR.getValue().equals(tag) || tag == null && !event.isPlain()) {
      return TextNode.valueOf(event.getValue());
    }
    if (tag != null) {
      throw malformed("the tag %s is not read here".formatted(tag), event);
    }
    try {
      return asWritten ? YamlScalar.written(event.getValue()) : YamlScalar.of(event.getValue());
    } catch (NumberFormatException e) {
      throw malformed("%s is no number".formatted(event.getValue()), event);
    }
  }

  private ArrayNode array(boolean asWritten) throws Malformed {
    ArrayNode array = NODES.arrayNode();
    Event event;
    while (!(event = parser.getEvent()).is(Event.ID.SequenceEnd)) {
      array.add(node(event, asWritten, ""));
    }
    return array;
  }

  /** A mapping; its own keys win over those that it merges, and of these the first. */
  private ObjectNode object(String name) throws Malformed {
    ObjectNode object = NODES.objectNode();
    JsonNode merged = NODES.arrayNode();
    Event event;
    while (!(event = parser.getEvent()).is(Event.ID.MappingEnd)) {
      if (!(event instanceof ScalarEvent key)) {
        throw malformed("a key is a single value", event);
      }
      if (wanted.textKeys.test(name) && !scalar(key, false).isTextual()) {
        throw malformed(
            "the key %s of %s is no text in YAML; put it in quotes".formatted(key.getValue(), name),
            key);
      }
      JsonNode value = node(parser.getEvent(), wanted.asText.test(key.getValue()), key.getValue());
      if (key.isPlain() && key.getValue().equals(MERGE)) {
        merged = merged(value, key);
      } else if (object.replace(key.getValue(), value) != null && wanted.once) {
        throw malformed("%s is given twice".formatted(key.getValue()), key);
      }
    }
    for (JsonNode base : merged) {
      base.properties().forEach(entry -> object.putIfAbsent(entry.getKey(), entry.getValue()));
    }
    return object;
  }

  private static JsonNode merged(JsonNode value, ScalarEvent key) throws Malformed {
    JsonNode bases = value.isArray() ? value : NODES.arrayNode().add(value);
    for (JsonNode base : bases) {
      if (!base.isObject()) {
        throw malformed("<< takes keys and values, or a list of such", key);
      }
    }
    return bases;
  }

  private static Malformed malformed(String message, Event place) {
    return new Malformed(message, place.getStartMark());
  }
}
