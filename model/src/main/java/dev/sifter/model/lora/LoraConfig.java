package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import java.util.List;
import java.util.Map;

/**
 * Which layers get adapters of which size: the part of PEFT's {@code LoraConfig} that Sifter
 * supports, under PEFT's names and with its defaults.
 *
 * @param r rank
 * @param loraAlpha numerator of the scale
 * @param loraDropout dropout on the adapter's input
 * @param useRslora scale α/√r instead of α/r (Kalajdzievski 2023)
 * @param targetModules which layers; null for the family's default
 * @param excludeModules layers left out, as a list of suffixes or one regular expression; null
 * @param layersToTransform block numbers; null for all
 * @param rankPattern ranks of layers whose name matches a pattern
 * @param alphaPattern alphas of layers whose name matches a pattern
 * @param modulesToSave modules that are trained in full and saved with the adapter
 * @param bias which biases are trained
 * @param initLoraWeights how A and B begin
 */
public record LoraConfig(
    int r,
    double loraAlpha,
    double loraDropout,
    boolean useRslora,
    TargetModules targetModules,
    TargetModules excludeModules,
    List<Integer> layersToTransform,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    List<String> modulesToSave,
    Bias bias,
    Init initLoraWeights) {

  /** Which biases are trained. */
  public enum Bias {
    /** None. */
    NONE,
    /** Every bias of the model. */
    ALL,
    /** Those of the adapted layers. */
    LORA_ONLY
  }

  /** How fresh adapters begin. */
  public enum Init {
    /** A uniform in ±1/√in, B zero: the adapter begins as nothing. */
    DEFAULT,
    /** A normal with standard deviation 1/r, B zero. */
    GAUSSIAN
  }

  /** PEFT's defaults: r 8, α 8, no dropout, the family's default targets. */
  public static LoraConfig defaults() {
    return new LoraConfig(
        8, 8, 0, false, null, null, null, Map.of(), Map.of(), List.of(), Bias.NONE, Init.DEFAULT);
  }

  /** Checks ranges. */
  public LoraConfig {
    if (r < 1) {
      throw new ModelException("lora r is %d; it must be at least 1".formatted(r));
    }
    if (!(loraAlpha > 0)) {
      throw new ModelException("lora_alpha is %s; it must be above 0".formatted(loraAlpha));
    }
    if (!(loraDropout >= 0 && loraDropout < 1)) {
      throw new ModelException(
          "lora_dropout is %s; it must be at least 0 and below 1".formatted(loraDropout));
    }
    for (int rank : rankPattern.values()) {
      if (rank < 1) {
        throw new ModelException("a rank of %d in rank_pattern; at least 1".formatted(rank));
      }
    }
  }

  /** The same with other targets. */
  public LoraConfig withTargetModules(TargetModules targets) {
    return new LoraConfig(
        r,
        loraAlpha,
        loraDropout,
        useRslora,
        targets,
        excludeModules,
        layersToTransform,
        rankPattern,
        alphaPattern,
        modulesToSave,
        bias,
        initLoraWeights);
  }

  /** The rank of one layer. */
  public int rank(String layer) {
    return pattern(rankPattern, layer, r);
  }

  /** s = α/r of one layer, or α/√r. */
  public float scale(String layer) {
    double alpha = pattern(alphaPattern, layer, loraAlpha);
    int rank = rank(layer);
    return (float) (useRslora ? alpha / Math.sqrt(rank) : alpha / rank);
  }

  private static <T> T pattern(Map<String, T> patterns, String layer, T otherwise) {
    for (Map.Entry<String, T> entry : patterns.entrySet()) {
      if (layer.matches("(.*\\.)?(" + entry.getKey() + ")")) {
        return entry.getValue();
      }
    }
    return otherwise;
  }
}
