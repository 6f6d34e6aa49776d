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
          "layers_pattern",
          "lora_ga_config",
          "megatron_config",
          "monteclora_config",
          "revision",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "velora_config");

  /** Features that change results and that this reader does not know how to apply. */
  private static final List<String> REFUSED_IF_TRUE =
      List.of("use_dora", "use_qalora", "lora_bias", "fan_in_fan_out");

  private static final List<String> REFUSED_IF_SET =
      List.of(
          "trainable_token_indices",
          "target_parameters",
          "layer_replication",
          "alora_invocation_tokens",
          "use_bdlora");

  private AdapterConfigFile() {}

  /**
   * Writes the configuration of a trained adapter.
   *
   * @param adaptedLayers paths of the adapted layers: written where all linear ones were asked for
   */
  static ObjectNode write(LoraConfig config, List<String> adaptedLayers, String baseModel) {
    Map<String, JsonNode> keys = new TreeMap<>();
    ObjectNode node = Json.mapper().createObjectNode();
    NULL_KEYS.forEach(node::putNull);
    node.put("base_model_name_or_path", baseModel);
    node.put("bias", config.bias().name().toLowerCase(Locale.ROOT));
    node.put("ensure_weight_tying", false);
    node.put("fan_in_fan_out", false);
    node.put("inference_mode", true);
    if (config.initLoraWeights() == LoraConfig.Init.GAUSSIAN) {
      node.put("init_lora_weights", "gaussian");
    } else {
      node.put("init_lora_weights", true);
    }
    node.set("layers_to_transform", Json.mapper().valueToTree(config.layersToTransform()));
    node.putObject("loftq_config");
    number(node, "lora_alpha", config.loraAlpha());
    node.put("lora_bias", false);
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
    node.put("use_dora", false);
    node.put("use_qalora", false);
    node.put("use_rslora", config.useRslora());
    node.properties().forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
    ObjectNode sorted = Json.mapper().createObjectNode();
    keys.forEach(sorted::set);
    return sorted;
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
    for (String key : REFUSED_IF_TRUE) {
      if (node.path(key).asBoolean(false)) {
        throw new ModelException("'%s' is true, which is not supported".formatted(key));
      }
    }
    for (String key : REFUSED_IF_SET) {
      if (node.hasNonNull(key)) {
        throw new ModelException("'%s' is set, which is not supported".formatted(key));
      }
    }
    return new LoraConfig(
        node.path("r").asInt(8),
        node.path("lora_alpha").asDouble(8),
        node.path("lora_dropout").asDouble(0),
        node.path("use_rslora").asBoolean(false),
        modules(node.path("target_modules")),
        modules(node.path("exclude_modules")),
        layers(node.path("layers_to_transform")),
        map(node.path("rank_pattern"), JsonNode::asInt),
        map(node.path("alpha_pattern"), JsonNode::asDouble),
        strings(node.path("modules_to_save")),
        bias(node.path("bias").asText("none")),
        node.path("init_lora_weights").asText().equals("gaussian")
            ? LoraConfig.Init.GAUSSIAN
            : LoraConfig.Init.DEFAULT);
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
    if (!node.isTextual()) {
      return null;
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

  private static List<Integer> layers(JsonNode node) {
    if (node.isInt()) {
      return List.of(node.asInt());
    }
    if (!node.isArray()) {
      return null;
    }
    List<Integer> layers = new ArrayList<>();
    node.forEach(layer -> layers.add(layer.asInt()));
    return layers;
  }

  private static List<String> strings(JsonNode node) {
    List<String> strings = new ArrayList<>();
    node.forEach(item -> strings.add(item.asText()));
    return strings;
  }

  private static <T> Map<String, T> map(JsonNode node, Function<JsonNode, T> value) {
    Map<String, T> map = new LinkedHashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), value.apply(entry.getValue())));
    return map;
  }
}
