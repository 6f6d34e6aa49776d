package dev.sifter.model.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** {@code adapter_config.json}: PEFT's keys, sorted, with those of features that are off. */
public final class AdapterConfigFile {
  /** The PEFT version whose set of keys is written. */
  private static final String PEFT_VERSION = "0.21.0";

  private static final List<String> NULL_KEYS =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "auto_mapping",
          "corda_config",
          "eva_config",
          "kasa_config",
          "layer_replication",
          "lora_ga_config",
          "megatron_config",
          "monteclora_config",
          "revision",
          "target_parameters",
          "use_bdlora",
          "velora_config");

  /** Features that change results and that this reader does not know how to apply. */
  private static final List<String> REFUSED_IF_SET =
      List.of(
          "target_parameters",
          "layer_replication",
          "alora_invocation_tokens",
          "use_bdlora",
          "arrow_config",
          "kasa_config",
          "velora_config",
          "monteclora_config");

  private AdapterConfigFile() {}

  /**
   * Writes the configuration of a trained adapter.
   *
   * @param adaptedLayers paths of the adapted layers: written where all linear ones were asked for
   * @param fanInFanOut whether the base keeps their weights as [in, out]
   */
  static ObjectNode write(
      LoraConfig config, List<String> adaptedLayers, boolean fanInFanOut, String baseModel) {
    Map<String, JsonNode> keys = new TreeMap<>();
    ObjectNode node = Json.mapper().createObjectNode();
    NULL_KEYS.forEach(node::putNull);
    node.put("base_model_name_or_path", baseModel);
    node.put("bias", config.bias().name().toLowerCase(Locale.ROOT));
    node.put("ensure_weight_tying", config.ensureWeightTying());
    node.put("fan_in_fan_out", fanInFanOut);
    node.put("inference_mode", true);
    if (config.initLoraWeights().equals(LoraInit.DEFAULT)) {
      node.put("init_lora_weights", true);
    } else {
      node.put("init_lora_weights", config.initLoraWeights().toString());
    }
    node.set("layers_pattern", oneOrMore(config.layersPattern()));
    node.set("layers_to_transform", Json.mapper().valueToTree(config.layersToTransform()));
    node.putObject("loftq_config");
    number(node, "lora_alpha", config.loraAlpha());
    node.put("lora_bias", config.loraBias());
    node.put("lora_dropout", config.loraDropout());
    node.put("megatron_core", "megatron.core");
    List<String> saved = config.modulesToSave();
    node.set("modules_to_save", Json.mapper().valueToTree(saved.isEmpty() ? null : saved));
    node.put("peft_type", "LORA");
    node.put("peft_version", PEFT_VERSION);
    node.put("qalora_group_size", 16);
    node.put("r", config.r());
    node.set("rank_pattern", Json.mapper().valueToTree(config.rankPattern()));
    ObjectNode alphas = node.putObject("alpha_pattern");
    config.alphaPattern().forEach((key, alpha) -> number(alphas, key, alpha));
    node.set("exclude_modules", choice(config.excludeModules(), List.of()));
    node.set("target_modules", choice(config.targetModules(), adaptedLayers));
    node.put("task_type", "CAUSAL_LM");
    node.set("trainable_token_indices", tokens(config.trainableTokenIndices()));
    node.put("use_dora", config.useDora());
    node.put("use_qalora", false);
    node.put("use_rslora", config.useRslora());
    node.properties().forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
    ObjectNode sorted = Json.mapper().createObjectNode();
    keys.forEach(sorted::set);
    return sorted;
  }

  private static JsonNode oneOrMore(List<String> strings) {
    return switch (strings.size()) {
      case 0 -> Json.mapper().getNodeFactory().nullNode();
      case 1 -> Json.mapper().getNodeFactory().textNode(strings.getFirst());
      default -> Json.mapper().valueToTree(strings);
    };
  }

  private static void number(ObjectNode node, String key, double value) {
    if (value == Math.rint(value)) {
      node.put(key, (long) value);
    } else {
      node.put(key, value);
    }
  }

  private static JsonNode choice(TargetModules choice, List<String> adaptedLayers) {
    return switch (choice) {
      case TargetModules.Suffixes(List<String> names) ->
          Json.mapper().valueToTree(names.stream().sorted().toList());
      case TargetModules.Regex(Pattern pattern) ->
          Json.mapper().getNodeFactory().textNode(pattern.pattern());
      case TargetModules.AllLinear() ->
          Json.mapper().valueToTree(adaptedLayers.stream().sorted().toList());
      case null -> Json.mapper().getNodeFactory().nullNode();
    };
  }

  /** Reads a configuration; keys that change nothing here are ignored, as in PEFT. */
  static LoraConfig read(ObjectNode node) {
    if (!node.path("peft_type").asText("LORA").equals("LORA")) {
      throw new ModelException(
          "peft_type is %s; only LORA is supported".formatted(node.path("peft_type")));
    }
    if (node.path("use_qalora").asBoolean(false)) {
      throw new ModelException("'use_qalora' is true, which is not supported");
    }
    for (String key : REFUSED_IF_SET) {
      if (node.hasNonNull(key)) {
        throw new ModelException("'%s' is set, which is not supported".formatted(key));
      }
    }
    return LoraConfig.builder()
        .r(node.path("r").asInt(8))
        .loraAlpha(node.path("lora_alpha").asDouble(8))
        .loraDropout(node.path("lora_dropout").asDouble(0))
        .useRslora(node.path("use_rslora").asBoolean(false))
        .useDora(node.path("use_dora").asBoolean(false))
        .loraBias(node.path("lora_bias").asBoolean(false))
        .targetModules(modules(node.path("target_modules")))
        .excludeModules(modules(node.path("exclude_modules")))
        .layersToTransform(numbers(node.path("layers_to_transform")))
        .layersPattern(strings(node.path("layers_pattern")))
        .rankPattern(map(node.path("rank_pattern"), JsonNode::asInt))
        .alphaPattern(map(node.path("alpha_pattern"), JsonNode::asDouble))
        .modulesToSave(strings(node.path("modules_to_save")))
        .ensureWeightTying(node.path("ensure_weight_tying").asBoolean(false))
        .trainableTokenIndices(tokens(node.path("trainable_token_indices")))
        .bias(bias(node.path("bias").asText("none")))
        .initLoraWeights(init(node.path("init_lora_weights")))
        .build();
  }

  /**
   * Of a loaded adapter only those matter that changed the base. EVA took A from the activations
   * and left the base alone.
   */
  private static LoraInit init(JsonNode node) {
    return node.isTextual() && !node.asText().equals("eva")
        ? LoraInit.of(node.asText())
        : LoraInit.DEFAULT;
  }

  /** Rows by module; a mere list is of the embeddings, under an empty name. */
  static Map<String, List<Integer>> tokens(JsonNode node) {
    return node.isArray()
        ? Map.of(LoraConfig.EMBEDDINGS, numbers(node))
        : map(node, AdapterConfigFile::numbers);
  }

  private static JsonNode tokens(Map<String, List<Integer>> tokens) {
    List<Integer> ofEmbeddings = tokens.get(LoraConfig.EMBEDDINGS);
    return Json.mapper()
        .valueToTree(tokens.isEmpty() ? null : ofEmbeddings == null ? tokens : ofEmbeddings);
  }

  private static LoraConfig.Bias bias(String name) {
    for (LoraConfig.Bias bias : LoraConfig.Bias.values()) {
      if (bias.name().toLowerCase(Locale.ROOT).equals(name)) {
        return bias;
      }
    }
    throw new ModelException("bias is '%s'; it must be none, all or lora_only".formatted(name));
  }

  /** A list of suffixes, a regular expression, {@code all-linear}, or nothing. */
  public static TargetModules modules(JsonNode node) {
    if (node.isArray()) {
      return new TargetModules.Suffixes(strings(node));
    }
    if (node.isNull() || node.isMissingNode()) {
      return null;
    }
    if (!node.isTextual()) {
      throw new ModelException(
          "modules are given as %s; they are a list, a regular expression, or all-linear"
              .formatted(node));
    }
    if (node.asText().equals("all-linear")) {
      return new TargetModules.AllLinear();
    }
    try {
      return new TargetModules.Regex(Pattern.compile(node.asText()));
    } catch (PatternSyntaxException e) {
      throw new ModelException(
          "'%s' is neither a list, nor all-linear, nor a regular expression: %s"
              .formatted(node.asText(), e.getDescription()),
          e);
    }
  }

  /** A number or a list of them; null where nothing is given. */
  private static List<Integer> numbers(JsonNode node) {
    if (node.isNull() || node.isMissingNode()) {
      return null;
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : node.isArray() ? node : List.of(node)) {
      if (!number.isIntegralNumber() || !number.canConvertToInt()) {
        throw new ModelException(
            "layers or tokens are given as %s; they are whole numbers".formatted(node));
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  private static List<String> strings(JsonNode node) {
    List<String> strings = new ArrayList<>();
    if (node.isTextual()) {
      strings.add(node.asText());
    }
    for (JsonNode item : node) {
      if (!item.isTextual()) {
        throw new ModelException("names are given as %s; each is a text".formatted(node));
      }
      strings.add(item.asText());
    }
    return strings;
  }

  private static <T> Map<String, T> map(JsonNode node, Function<JsonNode, T> value) {
    Map<String, T> map = new LinkedHashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), value.apply(entry.getValue())));
    return map;
  }
}
