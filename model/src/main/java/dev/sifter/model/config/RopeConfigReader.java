package dev.sifter.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.RopeConfig.Scaling;

/**
 * Reads the angles' description in both spellings: {@code rope_parameters} (transformers 5), and
 * {@code rope_theta} with {@code rope_scaling} (transformers 4, with {@code type} or {@code
 * rope_type}).
 */
final class RopeConfigReader {
  private static final double DEFAULT_THETA = 10_000;

  private RopeConfigReader() {}

  static RopeConfig read(JsonNode config, int headDim, int maxPositions) {
    JsonNode parameters = config.path("rope_parameters");
    JsonNode scaling = parameters.isObject() ? parameters : config.path("rope_scaling");
    double fallbackTheta = config.path("rope_theta").asDouble(DEFAULT_THETA);
    double theta = parameters.path("rope_theta").asDouble(fallbackTheta);
    double partial =
        scaling
            .path("partial_rotary_factor")
            .asDouble(config.path("partial_rotary_factor").asDouble(1));
    int rotaryDim = (int) (headDim * partial);
    return new RopeConfig(theta, rotaryDim, scaling(scaling, maxPositions));
  }

  private static Scaling scaling(JsonNode node, int maxPositions) {
    String type = node.path("rope_type").asText(node.path("type").asText("default"));
    return switch (type) {
      case "default" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(number(node, type, "factor"));
      case "llama3" ->
          new Scaling.Llama3(
              number(node, type, "factor"),
              number(node, type, "low_freq_factor"),
              number(node, type, "high_freq_factor"),
              (int) number(node, type, "original_max_position_embeddings"));
      case "yarn" -> yarn(node, maxPositions);
      default ->
          throw new ModelException(
              "config.json: rope_type '%s' is not supported; supported are default, linear, llama3, yarn"
                  .formatted(type));
    };
  }

  private static Scaling yarn(JsonNode node, int maxPositions) {
    int original = node.path("original_max_position_embeddings").asInt(maxPositions);
    double factor =
        node.path("factor").isNumber()
            ? node.path("factor").asDouble()
            : (double) maxPositions / original;
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

  private static double number(JsonNode node, String type, String key) {
    if (!node.path(key).isNumber()) {
      throw new ModelException("config.json: rope_type '%s' needs '%s'".formatted(type, key));
    }
    return node.path(key).asDouble();
  }
}
