package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which modules get adapters of which kind and size: the part of PEFT's {@code LoraConfig} that
 * Sifter supports, under PEFT's names and with its defaults.
 *
 * @param r rank
 * @param loraAlpha numerator of the scale
 * @param loraDropout dropout on the adapter's input
 * @param useRslora scale α/√r instead of α/r (Kalajdzievski 2023)
 * @param useDora trained lengths of the rows (Liu et al. 2024)
 * @param loraBias whether B has a bias
 * @param targetModules which modules; null for the family's default
 * @param excludeModules modules left out, as a list of suffixes or one regular expression; null
 * @param layersToTransform block numbers; null for all
 * @param layersPattern what stands before the block's number in a module's path; empty for anything
 * @param rankPattern ranks of modules whose name matches a pattern
 * @param alphaPattern alphas of modules whose name matches a pattern
 * @param modulesToSave modules that are trained in full and saved with the adapter
 * @param ensureWeightTying whether tied embeddings among these stay tied
 * @param trainableTokenIndices by module, or under {@link #EMBEDDINGS}: rows of it that are trained
 * @param bias which biases are trained
 * @param initLoraWeights how A and B begin
 */
public record LoraConfig(
    int r,
    double loraAlpha,
    double loraDropout,
    boolean useRslora,
    boolean useDora,
    boolean loraBias,
    TargetModules targetModules,
    TargetModules excludeModules,
    List<Integer> layersToTransform,
    List<String> layersPattern,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    List<String> modulesToSave,
    boolean ensureWeightTying,
    Map<String, List<Integer>> trainableTokenIndices,
    Bias bias,
    LoraInit initLoraWeights) {

  /** What stands for the embeddings, whatever a family calls them, among modules with rows. */
  public static final String EMBEDDINGS = "";

  /** Which biases are trained. */
  public enum Bias {
    /** None. */
    NONE,
    /** Every bias of the model. */
    ALL,
    /** Those of the adapted layers. */
    LORA_ONLY
  }

  /** PEFT's defaults: r 8, α 8, no dropout, the family's default targets. */
  public static LoraConfig defaults() {
    return builder().build();
  }

  /** A builder that begins with PEFT's defaults. */
  public static LoraConfigBuilder builder() {
    return new LoraConfigBuilder();
  }

  /** A builder that begins with this configuration. */
  public LoraConfigBuilder toBuilder() {
    return new LoraConfigBuilder(this);
  }

  /** Checks ranges. */
  public LoraConfig {
    check(r >= 1, "r is %s; it must be at least 1", r);
    check(loraAlpha > 0, "lora_alpha is %s; it must be above 0", loraAlpha);
    check(
        loraDropout >= 0 && loraDropout < 1,
        "lora_dropout is %s; it must be at least 0 and below 1",
        loraDropout);
    for (int rank : rankPattern.values()) {
      check(rank >= 1, "a rank of %s in rank_pattern; it must be at least 1", rank);
    }
    for (double alpha : alphaPattern.values()) {
      check(alpha > 0, "an alpha of %s in alpha_pattern; it must be above 0", alpha);
    }
    rankPattern.keySet().forEach(key -> requireExpression("rank_pattern", key));
    alphaPattern.keySet().forEach(key -> requireExpression("alpha_pattern", key));
    check(!(useDora && loraBias), "use_dora and lora_bias exclude each other%s: turn one off", "");
  }

  private static void requireExpression(String option, String key) {
    try {
      Pattern.compile(key);
    } catch (PatternSyntaxException e) {
      throw new ModelException(
          "%s has '%s', which is no regular expression: %s"
              .formatted(option, key, e.getDescription()),
          e);
    }
  }

  private static void check(boolean condition, String complaint, Object value) {
    if (!condition) {
      throw new ModelException(complaint.formatted(value));
    }
  }

  /** The rank of one module. */
  public int rank(String module) {
    return pattern(rankPattern, module, r);
  }

  /** s = α/r of one module, or α/√r. */
  public float scale(String module) {
    double alpha = pattern(alphaPattern, module, loraAlpha);
    int rank = rank(module);
    return (float) (useRslora ? alpha / Math.sqrt(rank) : alpha / rank);
  }

  /** Whether a key of rank_pattern or alpha_pattern means a module: it is, or ends its path. */
  static boolean isMatch(String key, String module) {
    return module.matches("(.*\\.)?(" + key + ")");
  }

  private static <T> T pattern(Map<String, T> patterns, String module, T otherwise) {
    for (Map.Entry<String, T> entry : patterns.entrySet()) {
      if (isMatch(entry.getKey(), module)) {
        return entry.getValue();
      }
    }
    return otherwise;
  }
}
