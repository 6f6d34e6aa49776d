package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.RopeConfig.Scaling;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the angles' description in both spellings: {@code rope_parameters} (transformers 5; where
 * layers differ, an object for each type of layer), and {@code rope_theta} with {@code
 * rope_scaling} (transformers 4, with {@code type} or {@code rope_type}). Of the two transformers
 * takes {@code rope_scaling}, where a file has both; a number that is absent or null is the
 * default.
 */
final class RopeConfigReader {
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";

  private final FamilyOptions options;
  private final ObjectNode config;
  private final int headDim;
  private final int maxPositions;

  RopeConfigReader(FamilyOptions options, ObjectNode config, int headDim, int maxPositions) {
    this.options = options;
    this.config = config;
    this.headDim = headDim;
    this.maxPositions = maxPositions;
  }

  /** The angles of all layers. */
  RopeConfig read() {
    JsonNode scaling = config.path("rope_scaling");
    JsonNode own = config.path("rope_parameters");
    JsonNode described = own.isObject() ? own : options.node("default_rope_parameters");
    JsonNode parameters = scaling.isEmpty() ? described : scaling;
    // Phi-3 had it beside the description first; there it still comes before the one inside.
    JsonNode original =
        options.isSet(ORIGINAL) ? options.node(ORIGINAL) : parameters.path(ORIGINAL);
    return read(parameters, "rope_theta", original);
  }

  /** The angles of the layers with full attention, where those of the others differ. */
  RopeConfig readFull(String layerType) {
    ObjectNode parameters = parameters(layerType);
    if (config.path("rope_scaling") instanceof ObjectNode scaling) {
      parameters.setAll(scaling);
    }
    return read(parameters, "rope_theta", parameters.path(ORIGINAL));
  }

  /** The angles of the local layers, which transformers 4 never scales. */
  RopeConfig readLocal(String layerType) {
    ObjectNode parameters = parameters(layerType);
    return read(parameters, "local_rope_theta", parameters.path(ORIGINAL));
  }

  private ObjectNode parameters(String layerType) {
    return config.path("rope_parameters").path(layerType) instanceof ObjectNode own
        ? own.deepCopy()
        : Json.mapper().createObjectNode();
  }

  private RopeConfig read(JsonNode parameters, String thetaOption, JsonNode originalNode) {
    String type = parameters.path("rope_type").asText(parameters.path("type").asText("default"));
    double theta = positive(parameters, "rope_theta", options.number(thetaOption, 0));
    int rotaryDim = rotaryDim(parameters, type);
    double alpha = options.flag("dynamic_by_alpha") ? number(parameters, "alpha", 0) : 0;
    if (type.equals("dynamic") && alpha != 0) {
      // Hunyuan's base is stretched at every length.
      type = "default";
      theta *= Math.pow(alpha, rotaryDim / (rotaryDim - 2.0));
    }
    int original = originalMaxPositions(originalNode);
    return new RopeConfig(
        theta,
        rotaryDim,
        options.flag("interleaved_rope"),
        options.flag("rope_backwards"),
        scaling(parameters, type, rotaryDim, original));
  }

  /** How much of a head is rotated: all of it in most families, whatever their files say. */
  private int rotaryDim(JsonNode parameters, String type) {
    if (options.isSet("rotary_dim")) {
      return rotatable(options.positive("rotary_dim"));
    }
    boolean byFamily = options.isSet(PARTIAL);
    double share =
        number(
            parameters,
            PARTIAL,
            byFamily ? options.number(PARTIAL, 1) : number(config, PARTIAL, 1));
    int rotaryDim = (int) (headDim * share);
    if (!byFamily && rotaryDim != headDim) {
      if (!type.equals("default")) {
        throw new ModelException(
            "'%s' is %s, but with rope_type '%s' this family rotates whole heads"
                .formatted(PARTIAL, share, type));
      }
      rotaryDim = headDim;
    }
    return rotatable(rotaryDim);
  }

  private int rotatable(int rotaryDim) {
    if (rotaryDim <= 0 || rotaryDim > headDim || rotaryDim % 2 != 0) {
      throw new ModelException(
          "rotary positions turn %d of a head's %d elements; they turn an even number, at least 2"
              .formatted(rotaryDim, headDim));
    }
    return rotaryDim;
  }

  private int originalMaxPositions(JsonNode node) {
    if (node.isNull() || node.isMissingNode()) {
      return maxPositions;
    }
    if (!node.canConvertToInt() || node.asInt() <= 0) {
      throw new ModelException(
          "'%s' must be a positive integer, but is %s".formatted(ORIGINAL, node));
    }
    return node.asInt();
  }

  private Scaling scaling(JsonNode node, String type, int rotaryDim, int original) {
    return switch (type) {
      case "default" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(required(node, type, "factor"));
      case "dynamic" -> new Scaling.Dynamic(required(node, type, "factor"), maxPositions);
      case "llama3" ->
          new Scaling.Llama3(
              required(node, type, "factor"),
              required(node, type, "low_freq_factor"),
              required(node, type, "high_freq_factor"),
              original);
      case "yarn" ->
          options.flag("yarn_is_longrope")
              ? longRope(node, rotaryDim, original)
              : yarn(node, original);
      case "longrope", "su" -> longRope(node, rotaryDim, original);
      default ->
          throw new ModelException(
              ("rope_type '%s' is not supported; supported are default, linear, dynamic, llama3,"
                      + " yarn, longrope")
                  .formatted(type));
    };
  }

  private Scaling yarn(JsonNode node, int original) {
    double factor = positive(node, "factor", (double) maxPositions / original);
    double mscale = number(node, "mscale", 0);
    double mscaleAllDim = number(node, "mscale_all_dim", 0);
    double attentionFactor =
        mscale != 0 && mscaleAllDim != 0
            ? yarnScale(factor, mscale) / yarnScale(factor, mscaleAllDim)
            : yarnScale(factor, 1);
    return new Scaling.Yarn(
        factor,
        positive(node, "attention_factor", attentionFactor),
        beta(node, "beta_fast", 32),
        beta(node, "beta_slow", 1),
        original,
        !node.has("truncate") || node.path("truncate").asBoolean());
  }

  /** Numbers of rotations, of which transformers takes 0 to mean the default. */
  private static double beta(JsonNode node, String key, double otherwise) {
    return number(node, key, 0) == 0 ? otherwise : positive(node, key, otherwise);
  }

  private static double yarnScale(double factor, double mscale) {
    return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
  }

  private Scaling longRope(JsonNode node, int rotaryDim, int original) {
    double factor = positive(node, "factor", (double) maxPositions / original);
    double attentionFactor = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return new Scaling.LongRope(
        factors(node, "short_factor", rotaryDim / 2),
        factors(node, "long_factor", rotaryDim / 2),
        positive(node, "attention_factor", attentionFactor),
        original);
  }

  private static List<Double> factors(JsonNode node, String key, int count) {
    List<Double> factors = new ArrayList<>();
    node.path(key).forEach(factor -> factors.add(factor.asDouble()));
    if (factors.size() != count) {
      throw new ModelException(
          "'%s' must hold %d numbers, half of the rotated elements of a head, but holds %d"
              .formatted(key, count, factors.size()));
    }
    if (!factors.stream().allMatch(factor -> factor > 0)) {
      throw new ModelException(
          "'%s' must hold positive numbers, but is %s".formatted(key, factors));
    }
    return List.copyOf(factors);
  }

  private static double required(JsonNode node, String type, String key) {
    if (!node.path(key).isNumber()) {
      throw new ModelException("rope_type '%s' needs '%s'".formatted(type, key));
    }
    return positive(node, key, 0);
  }

  private static double positive(JsonNode node, String key, double otherwise) {
    double value = number(node, key, otherwise);
    if (!(value > 0)) {
      throw new ModelException("'%s' must be positive, but is %s".formatted(key, value));
    }
    return value;
  }

  private static double number(JsonNode node, String key, double otherwise) {
    JsonNode number = node.path(key);
    if (number.isNull() || number.isMissingNode()) {
      return otherwise;
    }
    if (!number.isNumber() || !Double.isFinite(number.asDouble())) {
      throw new ModelException("'%s' must be a number, but is %s".formatted(key, number));
    }
    return number.asDouble();
  }
}
