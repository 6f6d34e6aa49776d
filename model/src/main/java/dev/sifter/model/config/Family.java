package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model family as data: an entry of {@code families.json}. It says which option of the decoder
 * comes from which key of config.json, and how the weights are called. An entry states what differs
 * from the one that it extends, Llama where it names none.
 *
 * @param name {@code model_type} in config.json
 * @param architecture the class that transformers loads
 * @param options by option: a value, or keys of config.json as {@code "$key"}, {@code "$key |
 *     default"} or {@code "$key | $other key | default"}; what follows stands where a key is
 *     missing, not where it is null
 * @param requires by key of config.json: the only values that are supported, null standing for an
 *     absent key
 * @param weights by module: what it is called, as {@link WeightNames#of} reads it
 * @param loraTargets suffixes of the modules that LoRA adapts by default
 * @param variants what else differs, each {@code when} some keys of config.json have some values
 */
record Family(
    String name,
    String architecture,
    ObjectNode options,
    ObjectNode requires,
    ObjectNode weights,
    List<String> loraTargets,
    JsonNode variants) {
  private static final String ROOT = "llama";
  private static final Map<String, Family> ALL = readAll();

  /**
   * The family of a config.json, in the variant that this describes.
   *
   * @throws ModelException if there is none, naming those that there are
   */
  static Family of(JsonNode config) {
    Family family = ALL.get(config.path("model_type").asText(""));
    if (family == null) {
      List<String> known =
          ALL.values().stream().map(f -> f.name + " (" + f.architecture + ")").toList();
      throw new ModelException(
          "model_type '%s' (architectures %s) is not supported; supported are %s"
              .formatted(
                  config.path("model_type").asText(""),
                  config.path("architectures"),
                  String.join(", ", known)));
    }
    return family.variant(config);
  }

  /** Whether the value of a key, null where it is absent, is one of these. */
  static boolean isAmong(JsonNode values, JsonNode config, String key) {
    JsonNode actual = config.has(key) ? config.path(key) : NullNode.getInstance();
    for (JsonNode value : values) {
      if (value.equals(actual) || (value.isNumber() && value.asDouble() == actual.asDouble(-1))) {
        return true;
      }
    }
    return false;
  }

  private Family variant(JsonNode config) {
    Family family = this;
    for (JsonNode variant : variants) {
      if (variant.path("when").properties().stream()
          .allMatch(entry -> isAmong(entry.getValue(), config, entry.getKey()))) {
        family =
            new Family(
                name,
                architecture,
                laidOver(family.options, variant, "options"),
                laidOver(family.requires, variant, "requires"),
                laidOver(family.weights, variant, "weights"),
                loraTargets,
                variants);
      }
    }
    return family;
  }

  /** What the weights are called. */
  WeightNames names() {
    return WeightNames.of(weights);
  }

  /** Names of all families, sorted. */
  static List<String> all() {
    return List.copyOf(ALL.keySet());
  }

  private static Map<String, Family> readAll() {
    ObjectNode entries;
    try (InputStream in = Family.class.getResourceAsStream("families.json")) {
      entries = (ObjectNode) Json.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read families.json", e);
    }
    Map<String, Family> families = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      families.put(entry.getKey(), resolve(entries, entry.getKey()));
    }
    return families;
  }

  private static Family resolve(ObjectNode entries, String name) {
    JsonNode entry = entries.path(name);
    List<String> targets = new ArrayList<>();
    inherited(entries, name, "lora_targets").forEach(target -> targets.add(target.asText()));
    return new Family(
        name,
        entry.path("architecture").asText(),
        (ObjectNode) inherited(entries, name, "options"),
        (ObjectNode) inherited(entries, name, "requires"),
        (ObjectNode) inherited(entries, name, "weights"),
        List.copyOf(targets),
        inherited(entries, name, "variants"));
  }

  /** A part of an entry, laid over the same part of what it extends. */
  private static JsonNode inherited(ObjectNode entries, String name, String part) {
    JsonNode entry = entries.path(name);
    if (name.equals(ROOT)) {
      return entry.path(part);
    }
    JsonNode base = inherited(entries, entry.path("extends").asText(ROOT), part);
    if (base instanceof ObjectNode below) {
      return laidOver(below, entry, part);
    }
    return entry.has(part) ? entry.path(part) : base;
  }

  private static ObjectNode laidOver(ObjectNode below, JsonNode entry, String part) {
    ObjectNode merged = below.deepCopy();
    for (Map.Entry<String, JsonNode> field : entry.path(part).properties()) {
      if (part.equals("options") && !below.has(field.getKey())) {
        throw new IllegalStateException(
            "families.json: '%s' is no option".formatted(field.getKey()));
      }
      merged.set(field.getKey(), field.getValue());
    }
    return merged;
  }
}
