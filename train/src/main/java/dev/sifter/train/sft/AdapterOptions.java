package dev.sifter.train.sft;

import java.util.Set;

/** Options that say something only where adapters are trained. */
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
  static void noteUnused(SftConfig config, Set<String> given) {
    config.noteUnless(config.usePeft, given, "use_peft is false", NAMES);
    config.noteUnless(config.loadIn4bit, given, "load_in_4bit is false", "use_bnb_nested_quant");
  }
}
