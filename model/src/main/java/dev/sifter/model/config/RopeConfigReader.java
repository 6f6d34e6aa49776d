package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.RopeConfig.Scaling;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the angles' description in both spellings: {@code rope_parameters} (transformers 5; where
 * layers differ, an object for each type of layer), and {@code rope_theta} with {@code
 * rope_scaling} (transformers 4, with {@code type} or {@code rope_type}).
 */
final class RopeConfigReader {
  private final FamilyOptions options;
  private final JsonNode config;
  private final int headDim;
  private final int maxPositions;

  RopeConfigReader(FamilyOptions options, ObjectNode config, int headDim, int maxPositions) {
    this.options = options;
    this.config = config;
    this.headDim = headDim;
    this.maxPositions = maxPositions;
  }

  /** The angles of all layers, or of one type of them where they differ. */
  RopeConfig read(String layerType, double fallbackTheta) {
    JsonNode parameters = parameters(layerType);
    JsonNode scaling = parameters.isObject() ? parameters : config.path("rope_scaling");
    return read(parameters, scaling, fallbackTheta);
  }

  /** The angles of the local layers, which transformers 4 never scales. */
  RopeConfig readLocal(String layerType, double fallbackTheta) {
    JsonNode parameters = parameters(layerType);
    return read(parameters, parameters, fallbackTheta);
  }

  private JsonNode parameters(String layerType) {
    JsonNode all = config.path("rope_parameters");
    return all.has(layerType) ? all.path(layerType) : all;
  }

  private RopeConfig read(JsonNode parameters, JsonNode scaling, double fallbackTheta) {
    double theta = parameters.path("rope_theta").asDouble(fallbackTheta);
    double partial =
        scaling.path("partial_rotary_factor").asDouble(options.number("partial_rotary_factor", 1));
    int rotaryDim = (int) (headDim * partial);
    options.check(rotaryDim > 0 && rotaryDim % 2 == 0, "head_dim", "be even, for rotary positions");
    return new RopeConfig(theta, rotaryDim, scaling(scaling, rotaryDim));
  }

  private Scaling scaling(JsonNode node, int rotaryDim) {
    String type = node.path("rope_type").asText(node.path("type").asText("default"));
    return switch (type) {
      case "default" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(number(node, type, "factor"));
      case "dynamic" -> new Scaling.Dynamic(number(node, type, "factor"), maxPositions);
      case "llama3" ->
          new Scaling.Llama3(
              number(node, type, "factor"),
              number(node, type, "low_freq_factor"),
              number(node, type, "high_freq_factor"),
              (int) number(node, type, "original_max_position_embeddings"));
      case "yarn" -> yarn(node);
      case "longrope", "su" -> longRope(node, rotaryDim);
      default ->
          throw new ModelException(
              ("rope_type '%s' is not supported; supported are default, linear, dynamic, llama3,"
                      + " yarn, longrope")
                  .formatted(type));
    };
  }

  private Scaling yarn(JsonNode node) {
    int original = originalMaxPositions(node);
    double factor = node.path("factor").asDouble((double) maxPositions / original);
    double mscale = node.path("mscale").asDouble(0);
    double mscaleAllDim = node.path("mscale_all_dim").asDouble(0);
    double attentionFactor =
        mscale != 0 && mscaleAllDim != 0
            ? yarnScale(factor, mscale) / yarnScale(factor, mscaleAllDim)
            : yarnScale(factor, 1);
    return new Scaling.Yarn(
        factor,
        node.path("attention_factor").asDouble(attentionFactor),
        node.path("beta_fast").asDouble(32),
        node.path("beta_slow").asDouble(1),
        original,
        node.path("truncate").asBoolean(true));
  }

  private static double yarnScale(double factor, double mscale) {
    return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
  }

  private Scaling longRope(JsonNode node, int rotaryDim) {
    int original = originalMaxPositions(node);
    double factor = node.path("factor").asDouble((double) maxPositions / original);
    double attentionFactor = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return new Scaling.LongRope(
        factors(node, "short_factor", rotaryDim / 2),
        factors(node, "long_factor", rotaryDim / 2),
        node.path("attention_factor").asDouble(attentionFactor),
        original);
  }

  /** In the description itself, or, as Phi-3 had it first, beside it. */
  private int originalMaxPositions(JsonNode node) {
    String key = "original_max_position_embeddings";
    return node.path(key).asInt(config.path(key).asInt(maxPositions));
  }

  private static List<Double> factors(JsonNode node, String key, int count) {
    List<Double> factors = new ArrayList<>();
    node.path(key).forEach(factor -> factors.add(factor.asDouble()));
    if (factors.size() != count) {
      throw new ModelException(
          "'%s' must hold %d numbers, half of the rotated elements of a head, but holds %d"
              .formatted(key, count, factors.size()));
    }
    return List.copyOf(factors);
  }

  private static double number(JsonNode node, String type, String key) {
    if (!node.path(key).isNumber()) {
      throw new ModelException("rope_type '%s' needs '%s'".formatted(type, key));
    }
    return node.path(key).asDouble();
  }
}
