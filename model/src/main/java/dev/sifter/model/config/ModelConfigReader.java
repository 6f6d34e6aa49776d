package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads {@code config.json}. A family is a handful of defaults over the same decoder; what the file
 * says wins over them.
 */
public final class ModelConfigReader {
  private static final Set<String> FAMILIES =
      new TreeSet<>(Set.of("llama", "mistral", "qwen2", "qwen3"));

  private final ObjectNode json;
  private final String family;

  private ModelConfigReader(ObjectNode json) {
    this.json = json;
    this.family = json.path("model_type").asText("");
    if (!FAMILIES.contains(family)) {
      throw new ModelException(
          "model_type '%s' (architectures %s) is not supported; supported are %s"
              .formatted(family, json.path("architectures"), String.join(", ", FAMILIES)));
    }
  }

  /**
   * The configuration in a model folder.
   *
   * @throws ModelException if config.json is absent, names a family that is not supported, or
   *     contradicts itself
   */
  public static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    try {
      return read(Json.readObject(file));
    } catch (ModelException e) {
      String message = e.getMessage();
      throw message.startsWith(file.toString()) ? e : new ModelException(file + ": " + message, e);
    }
  }

  /** The configuration in a parsed config.json. */
  public static ModelConfig read(ObjectNode json) {
    return new ModelConfigReader(json).read();
  }

  private ModelConfig read() {
    int hiddenSize = positive("hidden_size");
    int heads = positive("num_attention_heads");
    int kvHeads = json.path("num_key_value_heads").asInt(heads);
    int headDim = json.path("head_dim").asInt(family.equals("qwen3") ? 128 : hiddenSize / heads);
    int maxPositions = json.path("max_position_embeddings").asInt(2048);
    check(kvHeads > 0 && heads % kvHeads == 0, "num_key_value_heads", "divide %d".formatted(heads));
    check(
        headDim > 0 && (json.hasNonNull("head_dim") || hiddenSize % heads == 0),
        "num_attention_heads",
        "divide hidden_size %d, or head_dim be given".formatted(hiddenSize));
    boolean attentionBias = json.path("attention_bias").asBoolean(false);
    boolean qwen2 = family.equals("qwen2");
    RopeConfig rope = RopeConfigReader.read(json, headDim, maxPositions);
    check(rope.rotaryDim() % 2 == 0, "head_dim", "be even, for rotary positions");
    return new ModelConfig(
        family,
        positive("vocab_size"),
        hiddenSize,
        positive("intermediate_size"),
        heads,
        kvHeads,
        headDim,
        activation(),
        json.path("rms_norm_eps").asDouble(1e-6),
        maxPositions,
        json.path("tie_word_embeddings").asBoolean(false),
        qwen2 || attentionBias,
        !qwen2 && attentionBias,
        json.path("mlp_bias").asBoolean(false),
        family.equals("qwen3"),
        rope,
        layers(),
        json.path("initializer_range").asDouble(0.02),
        tokenIds(),
        json);
  }

  private List<ModelConfig.Layer> layers() {
    int count = positive("num_hidden_layers");
    List<ModelConfig.Layer> layers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      layers.add(new ModelConfig.Layer(isSliding(i) ? json.path("sliding_window").asInt() : 0));
    }
    return layers;
  }

  private boolean isSliding(int layer) {
    if (!json.path("sliding_window").isInt()) {
      return false;
    }
    JsonNode types = json.path("layer_types");
    return switch (family) {
      case "mistral" -> true;
      case "qwen2", "qwen3" ->
          json.path("use_sliding_window").asBoolean(false)
              && (types.isArray()
                  ? types.path(layer).asText().equals("sliding_attention")
                  : layer >= json.path("max_window_layers").asInt(28));
      default -> false;
    };
  }

  private ActivationKind activation() {
    String name = json.path("hidden_act").asText("silu");
    return switch (name) {
      case "silu", "swish" -> ActivationKind.SILU;
      case "gelu" -> ActivationKind.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> ActivationKind.GELU_TANH;
      case "relu" -> ActivationKind.RELU;
      default ->
          throw new ModelException(
              "hidden_act '%s' is not supported; supported are silu, gelu, gelu_new,"
                      .formatted(name)
                  + " gelu_pytorch_tanh, relu");
    };
  }

  private ModelConfig.TokenIds tokenIds() {
    List<Integer> eos = new ArrayList<>();
    JsonNode node = json.path("eos_token_id");
    if (node.isArray()) {
      node.forEach(id -> eos.add(id.asInt()));
    } else if (node.isInt()) {
      eos.add(node.asInt());
    }
    return new ModelConfig.TokenIds(
        json.path("bos_token_id").asInt(-1), List.copyOf(eos), json.path("pad_token_id").asInt(-1));
  }

  private int positive(String key) {
    JsonNode node = json.path(key);
    if (!node.canConvertToInt() || node.asInt() <= 0) {
      throw new ModelException(
          "'%s' must be a positive integer, but is %s"
              .formatted(key, node.isMissingNode() ? "missing" : node));
    }
    return node.asInt();
  }

  private void check(boolean condition, String key, String demand) {
    if (!condition) {
      throw new ModelException("'%s' is %s, but must %s".formatted(key, json.path(key), demand));
    }
  }
}
