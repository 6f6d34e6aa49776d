package dev.sifter.model.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What llama.cpp makes of a family, as an entry of {@code architectures.json}, which states what
 * differs from the one that it extends, Llama where it names none:
 *
 * <ul>
 *   <li>{@code pairs}: the elements that its rotary positions turn together, {@code neighbours} or
 *       those of two {@code halves}
 *   <li>{@code output}: whether a head is written {@code if_untied}, {@code always} or {@code
 *       never}
 *   <li>{@code tensors}: what a module is called; it has no place for others, but takes {@code
 *       gate_up} as {@code gate} and {@code up}
 *   <li>{@code unadapted}: modules under whose adapters it aborts
 *   <li>{@code keys}: {@linkplain GgufFeatures features} that it reads from the file, and where
 *   <li>{@code has}: what each feature is there: a value, a list of them, a quantity by name,
 *       {@code above} a number, or {@code any}
 * </ul>
 */
final class GgufArchitecture {
  private static final String ROOT = "llama";
  private static final String ABOVE = "above ";
  private static final ObjectNode ALL = readAll();
  private static final String INSTEAD = "; export to hf instead";

  private final ModelConfig config;
  private final Map<String, Object> features;
  private final String name;
  private final String pairs;
  private final String output;
  private final ObjectNode tensors;
  private final ObjectNode keys;

  /**
   * The architecture of a model.
   *
   * @throws ModelException if llama.cpp does not compute what this model is, naming what differs
   */
  GgufArchitecture(ModelConfig config) {
    String family = config.modelType();
    if (!ALL.has(family)) {
      throw new ModelException(
          "model_type '%s' cannot be exported as GGUF; these can: %s"
              .formatted(
                  family, ALL.properties().stream().map(Map.Entry::getKey).sorted().toList()));
    }
    this.config = config;
    this.features = GgufFeatures.of(config);
    this.name = own(family, "architecture").asText();
    this.pairs = own(family, "pairs").asText();
    this.output = own(family, "output").asText();
    this.tensors = merged(family, "tensors");
    this.keys = merged(family, "keys");
    ObjectNode has = merged(family, "has");
    for (Map.Entry<String, JsonNode> entry : has.properties()) {
      require(entry.getKey(), entry.getValue());
    }
    if (output.equals("never") && !config.tieWordEmbeddings()) {
      throw new ModelException(
          "the output head is not tied to the embeddings; llama.cpp's %s has none of its own%s"
              .formatted(name, INSTEAD));
    }
  }

  /** What llama.cpp calls it. */
  String name() {
    return name;
  }

  /** Whether rotary positions turn neighbouring elements of a head, not those of two halves. */
  boolean turnsNeighbours() {
    return pairs.equals("neighbours");
  }

  /** Whether the file holds an output head. */
  boolean hasOutput() {
    return output.equals("always") || !config.tieWordEmbeddings();
  }

  /** Whether it has a place for a module's tensor. */
  boolean hasTensor(Module module) {
    return tensors.has(module.name().toLowerCase(Locale.ROOT));
  }

  /** What a module's tensor is called. */
  String tensor(Module module) {
    String key = module.name().toLowerCase(Locale.ROOT);
    if (!tensors.has(key)) {
      throw new ModelException(
          "llama.cpp's %s has no place for the module %s%s".formatted(name, key, INSTEAD));
    }
    return tensors.path(key).asText();
  }

  /** Whether it runs with an adapter on a module. */
  boolean takesAdapter(Module module) {
    if (module == Module.EMBEDDING && !hasOutput()) {
      return false; // It would lay the same over the head, whose sides are the other way round.
    }
    String key = module.name().toLowerCase(Locale.ROOT);
    JsonNode unadapted = own(config.modelType(), "unadapted");
    return IntStream.range(0, unadapted.size())
        .noneMatch(i -> unadapted.path(i).asText().equals(key));
  }

  /** Adds the features that are read from the file. */
  void addTo(GgufFile file) {
    for (Map.Entry<String, JsonNode> entry : keys.properties()) {
      Object value = features.get(entry.getKey());
      String key = name + "." + entry.getValue().asText();
      switch (value) {
        case null -> {}
        case Boolean flag -> file.bool(key, flag);
        case Integer number when number != 0 -> file.uint32(key, number);
        case Double number when number != 0 -> file.float32(key, number);
        default -> {}
      }
    }
  }

  private void require(String feature, JsonNode expected) {
    Object value = features.get(feature);
    if (value == null) {
      return;
    }
    boolean fits =
        expected.isArray()
            ? IntStream.range(0, expected.size()).anyMatch(i -> fits(value, expected.path(i)))
            : fits(value, expected);
    if (!fits) {
      throw new ModelException(
          "%s is %s; llama.cpp's %s has %s%s"
              .formatted(feature, value, name, expected.toString().replace("\"", ""), INSTEAD));
    }
  }

  private boolean fits(Object value, JsonNode expected) {
    String text = expected.asText();
    if (text.equals("any")) {
      return true;
    }
    return switch (value) {
      case List<?> layers -> layers.equals(layers(text));
      case Number number when text.startsWith(ABOVE) ->
          number.doubleValue() > Double.parseDouble(text.substring(ABOVE.length()));
      case Double number -> Math.abs(number - number(expected)) <= 1e-6 * Math.abs(number);
      default -> value.toString().equals(text);
    };
  }

  private double number(JsonNode expected) {
    return switch (expected.asText()) {
      case "head_dim" -> config.attention().headDim();
      case "1/sqrt(head_dim)" -> 1 / Math.sqrt(config.attention().headDim());
      case "sqrt(hidden_size)" -> Math.sqrt(config.hiddenSize());
      case "hidden_size/num_attention_heads" ->
          (double) config.hiddenSize() / config.attention().heads();
      case "rope_theta" -> {
        RopeConfig rope = GgufFeatures.rope(config);
        yield rope.theta();
      }
      default -> expected.asDouble();
    };
  }

  /** Flags of the layers: none, all, or all but the last of every few. */
  private List<Boolean> layers(String which) {
    int every = which.contains(" of ") ? Integer.parseInt(which.split(" of ")[1]) : 0;
    return IntStream.range(0, config.numHiddenLayers())
        .mapToObj(layer -> every == 0 ? which.equals("all") : layer % every != every - 1)
        .toList();
  }

  private static JsonNode own(String family, String part) {
    JsonNode entry = ALL.path(family);
    return entry.has(part) ? entry.path(part) : own(base(family), part);
  }

  private static ObjectNode merged(String family, String part) {
    ObjectNode below =
        family.equals(ROOT) ? Json.mapper().createObjectNode() : merged(base(family), part);
    for (Map.Entry<String, JsonNode> field : ALL.path(family).path(part).properties()) {
      if (field.getValue().isNull()) {
        below.remove(field.getKey());
      } else {
        below.set(field.getKey(), field.getValue());
      }
    }
    return below;
  }

  private static String base(String family) {
    return ALL.path(family).path("extends").asText(ROOT);
  }

  private static ObjectNode readAll() {
    try (InputStream in = GgufArchitecture.class.getResourceAsStream("architectures.json")) {
      return (ObjectNode) Json.mapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read architectures.json", e);
    }
  }
}
