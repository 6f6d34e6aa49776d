package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig.FusedLayout;
import dev.sifter.model.config.ModelConfig.QueryKeyNorm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads {@code config.json}. Which key means what is the {@link Family}'s to say; what the file
 * says wins over a family's defaults.
 */
public final class ModelConfigReader {
  private final ObjectNode json;
  private final Family family;
  private final FamilyOptions options;

  private ModelConfigReader(ObjectNode json) {
    this.json = json;
    this.family = Family.of(json);
    this.options = new FamilyOptions(family, json);
    JsonNode quantization = json.path("quantization_config");
    String method = quantization.path("quant_method").asText("bitsandbytes");
    boolean fourBits = quantization.path("load_in_4bit").asBoolean(true);
    String type = quantization.path("bnb_4bit_quant_type").asText("nf4");
    if (!method.equals("bitsandbytes") || !fourBits || !type.equals("nf4")) {
      throw new ModelException(
          "quantization_config is %s; supported is bitsandbytes' nf4".formatted(quantization));
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

  /** The same, with an output head of its own. */
  static ModelConfig readUntied(ObjectNode json) {
    String key = new FamilyOptions(Family.of(json), json).key("tie_word_embeddings");
    return read(json.deepCopy().put(key, false));
  }

  private ModelConfig read() {
    int hiddenSize = options.positive("hidden_size");
    int maxPositions = options.positive("max_position_embeddings");
    ModelConfig.Attention attention = attention(hiddenSize);
    return new ModelConfig(
        family.name(),
        options.positive("vocab_size"),
        hiddenSize,
        maxPositions,
        embeddings(hiddenSize),
        attention,
        new ModelConfig.Convolution(options.positive("convolution_taps", 0)),
        mlp(hiddenSize),
        new ModelConfig.Norm(
            options.text("norm").equals("layer"),
            options.flag("norm_weight"),
            options.flag("norm_bias"),
            options.number("norm_epsilon", 0),
            options.number("norm_weight_offset", 0),
            options.flag("norm_first")),
        new ModelConfig.Residual(
            options.flag("parallel_residual"),
            options.number("residual_scale", 1),
            options.probability("residual_dropout")),
        options.flag("fan_in_fan_out"),
        new ModelConfig.Head(
            options.flag("tie_word_embeddings"),
            options.flag("head_bias"),
            options.positiveNumber("logits_scale", 1) / options.positiveNumber("logits_divisor", 1),
            options.positiveNumber("logits_softcap", 0)),
        new LayerReader(options, json, attention.headDim(), maxPositions).read(),
        family.names(),
        family.loraTargets(),
        start(),
        tokenIds(),
        json);
  }

  private ModelConfig.Embeddings embeddings(int hiddenSize) {
    boolean byRoot = options.node("embedding_scale").asText().equals("sqrt_hidden_size");
    double factor = byRoot ? 1 : options.number("embedding_scale", 1);
    return new ModelConfig.Embeddings(
        options.positive("embedding_size", hiddenSize),
        byRoot ? Math.sqrt(hiddenSize) : factor,
        factor,
        options.node("padding_embedding").asInt(-1),
        options.node("learned_position_offset").asInt(-1),
        options.probability("embedding_dropout"));
  }

  private ModelConfig.Attention attention(int hiddenSize) {
    int heads = options.positive("num_attention_heads");
    int kvHeads = options.node("num_key_value_heads").asInt(heads);
    options.check(
        kvHeads > 0 && heads % kvHeads == 0,
        "num_key_value_heads",
        "divide %s %d".formatted(options.key("num_attention_heads"), heads));
    int headDim = options.node("head_dim").asInt(hiddenSize / heads);
    options.check(
        headDim > 0 && (options.isSet("head_dim") || hiddenSize % heads == 0),
        "num_attention_heads",
        "divide hidden_size %d, or head_dim be given".formatted(hiddenSize));
    double scalar = options.positiveNumber("query_pre_attn_scalar", headDim);
    return new ModelConfig.Attention(
        heads,
        kvHeads,
        headDim,
        options.number("attention_scale", 1 / Math.sqrt(scalar)),
        options.flag("attention_scale_by_depth"),
        options.positiveNumber("attention_softcap", 0),
        options.flag("qkv_bias"),
        options.flag("attention_output_bias"),
        QueryKeyNorm.valueOf(upper("query_key_norm")),
        options.flag("query_key_norm_after_rope"),
        fusedLayout(heads),
        options.positiveNumber("qkv_clip", 0),
        options.probability("attention_dropout"));
  }

  private FusedLayout fusedLayout(int heads) {
    FusedLayout layout = FusedLayout.valueOf(upper("qkv_layout"));
    options.check(
        layout != FusedLayout.BY_QUARTER || heads % 4 == 0,
        "num_attention_heads",
        "be a multiple of 4, as the projection holds queries, keys and values by quarters");
    return layout;
  }

  private String upper(String option) {
    return options.text(option).toUpperCase(Locale.ROOT);
  }

  private ModelConfig.Mlp mlp(int hiddenSize) {
    int size =
        options.isSet("intermediate_multiple")
            ? options.positive(
                "intermediate_size", options.positive("intermediate_multiple") * hiddenSize)
            : options.positive("intermediate_size");
    return new ModelConfig.Mlp(
        options.flag("intermediate_two_thirds") ? twoThirds(size) : size,
        activation(),
        options.flag("mlp_bias"));
  }

  /** Two thirds of a size, since a gate adds a third matrix; scaled, and rounded up. */
  private int twoThirds(int size) {
    int scaled = (int) (options.number("intermediate_factor", 1) * (2L * size / 3));
    int multiple = options.positive("intermediate_multiple_of");
    return Math.ceilDiv(scaled, multiple) * multiple;
  }

  private ActivationKind activation() {
    String name = options.text("activation");
    return switch (name) {
      case "silu", "swish" -> ActivationKind.SILU;
      case "gelu" -> ActivationKind.GELU;
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> ActivationKind.GELU_TANH;
      case "relu" -> ActivationKind.RELU;
      case "relu2" -> ActivationKind.RELU_SQUARED;
      case "linear" -> ActivationKind.IDENTITY;
      default ->
          throw new ModelException(
              "%s '%s' is not supported; supported are silu, gelu, gelu_new, gelu_fast,"
                      .formatted(options.key("activation"), name)
                  + " gelu_pytorch_tanh, relu, relu2, linear");
    };
  }

  private ModelConfig.Start start() {
    double range = options.number("initializer_range", 0);
    double byDepth = range / Math.sqrt(2.0 * options.positive("num_hidden_layers"));
    return new ModelConfig.Start(
        range,
        options.flag("attention_output_start_by_depth") ? byDepth : range,
        options.flag("down_start_by_depth") ? byDepth : range,
        options.number("norm_weight_start", 1));
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
}
