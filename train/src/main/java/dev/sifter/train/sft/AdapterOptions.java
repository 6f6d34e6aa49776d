package dev.sifter.train.sft;

import dev.sifter.model.lora.AdapterConfigFile;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.LoraInit;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.trainer.OptionNotes;
import java.nio.file.Path;
import java.util.Locale;

/** Options that say something only where adapters are trained, and what they ask for. */
final class AdapterOptions {
  private static final String[] NAMES =
      """
      lora_r lora_alpha lora_dropout lora_target_modules lora_modules_to_save lora_bias bias
      use_rslora use_dora init_lora_weights exclude_modules layers_to_transform layers_pattern
      rank_pattern alpha_pattern trainable_token_indices ensure_weight_tying loraplus_lr_ratio
      loraplus_lr_embedding
      """
          .strip()
          .split("\\s+");

  private AdapterOptions() {}

  /** Notes those that were given to a run without adapters, or without a base in 4 bits. */
  static void noteUnused(SftConfig config, OptionNotes notes) {
    notes.unless(config.usePeft, "use_peft is false", NAMES);
    notes.unless(config.loadIn4bit, "load_in_4bit is false", "use_bnb_nested_quant");
  }

  /** The adapters that a configuration asks for. */
  static LoraConfig loraConfig(SftConfig config) {
    return LoraConfig.builder()
        .r(config.loraR)
        .loraAlpha(config.loraAlpha)
        .loraDropout(config.loraDropout)
        .useRslora(config.useRslora)
        .useDora(config.useDora)
        .targetModules(AdapterConfigFile.modules(config.loraTargetModules))
        .excludeModules(AdapterConfigFile.modules(config.excludeModules))
        .layersToTransform(config.layersToTransform.isEmpty() ? null : config.layersToTransform)
        .layersPattern(config.layersPattern)
        .rankPattern(config.rankPattern)
        .alphaPattern(config.alphaPattern)
        .trainableTokenIndices(
            TrainedTokens.resolve(
                config.trainableTokenIndices,
                () -> Tokenizer.load(Path.of(config.modelNameOrPath))))
        .ensureWeightTying(config.ensureWeightTying)
        .modulesToSave(config.loraModulesToSave)
        .bias(LoraConfig.Bias.valueOf(config.bias.toUpperCase(Locale.ROOT)))
        .loraBias(config.loraBias)
        .initLoraWeights(LoraInit.of(config.initLoraWeights))
        .build();
  }
}
