package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decides, by name alone, which layers are adapted and which weights of the base are trained. */
final class LoraSelection {
  private static final Pattern LAYER_NUMBER = Pattern.compile("\\.layers\\.(\\d+)\\.");
  private static final List<String> OUTSIDE_BLOCKS = List.of("lm_head", "model.embed_tokens");

  private final LoraConfig config;
  private final TargetModules targets;

  LoraSelection(LoraConfig config, ModelConfig model) {
    this.config = config;
    this.targets =
        config.targetModules() != null
            ? config.targetModules()
            : new TargetModules.Suffixes(model.loraTargets());
    if (!(targets instanceof TargetModules.AllLinear)) {
      for (String module : OUTSIDE_BLOCKS) {
        if (targets.matches(module)) {
          throw new ModelException(
              "target_modules match '%s'; only linear layers of the blocks can be adapted; name it in modules_to_save to train it in full"
                  .formatted(module));
        }
      }
    }
    if (model.tieWordEmbeddings()) {
      for (String module : OUTSIDE_BLOCKS) {
        if (isSaved(module)) {
          throw new ModelException(
              "modules_to_save names '%s', but the model ties its embeddings to its head; leave it out, or untie them in config.json"
                  .formatted(module));
        }
      }
    }
  }

  /** Whether a linear layer gets an adapter. */
  boolean isAdapted(String layer) {
    if (config.excludeModules() != null && config.excludeModules().matches(layer)) {
      return false;
    }
    return targets.matches(layer) && isInChosenBlock(layer) && !isSaved(layer);
  }

  private boolean isInChosenBlock(String layer) {
    if (config.layersToTransform() == null) {
      return true;
    }
    Matcher matcher = LAYER_NUMBER.matcher(layer);
    return matcher.find()
        && config.layersToTransform().contains(Integer.parseInt(matcher.group(1)));
  }

  /** Whether a weight of the base is trained beside the adapters. */
  boolean trainsBaseWeight(String weight) {
    int dot = weight.lastIndexOf('.');
    String module = weight.substring(0, dot);
    boolean isBias = weight.endsWith(".bias");
    boolean trainsBias =
        switch (config.bias()) {
          case NONE -> false;
          case ALL -> isBias;
          case LORA_ONLY -> isBias && isAdapted(module);
        };
    return trainsBias || isSaved(module);
  }

  private boolean isSaved(String module) {
    return new TargetModules.Suffixes(config.modulesToSave()).matches(module);
  }
}
