package dev.sifter.model.lora;

import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.EmbeddingLayer;

/** What PEFT calls the tensors of an adapter file. */
final class AdapterKeys {
  /** What stands before a module's path. */
  static final String PREFIX = "base_model.model.";

  /** Where an adapted module keeps what it was before. */
  static final String BASE_LAYER = ".base_layer.";

  private AdapterKeys() {}

  static String a(Adaptable module) {
    boolean embedding = module instanceof EmbeddingLayer;
    return PREFIX + module.name() + (embedding ? ".lora_embedding_A" : ".lora_A.weight");
  }

  static String b(Adaptable module) {
    boolean embedding = module instanceof EmbeddingLayer;
    return PREFIX + module.name() + (embedding ? ".lora_embedding_B" : ".lora_B.weight");
  }

  static String biasOfB(Adaptable module) {
    return PREFIX + module.name() + ".lora_B.bias";
  }

  static String magnitude(Adaptable module) {
    return PREFIX + module.name() + ".lora_magnitude_vector";
  }

  static String trainedRows(EmbeddingLayer embedding) {
    return PREFIX + embedding.name() + ".token_adapter.trainable_tokens_delta";
  }

  /** Whether a key names the first of a module's two matrices. */
  static boolean isA(String key) {
    return key.startsWith(PREFIX)
        && (key.endsWith(".lora_A.weight") || key.endsWith(".lora_embedding_A"));
  }

  /** The path of the module whose first matrix this key names. */
  static String moduleOfA(String key) {
    return key.substring(PREFIX.length(), key.lastIndexOf(".lora_"));
  }

  /** The key of the second matrix beside the first's. */
  static String bOf(String keyOfA) {
    int end = keyOfA.lastIndexOf(".lora_");
    String kind = keyOfA.substring(end);
    return keyOfA.substring(0, end) + kind.replace("_A", "_B");
  }

  /** Whether a key names a part of an adapter, not a weight of the base. */
  static boolean isAdapterPart(String key) {
    return key.contains(".lora_") || key.contains(".token_adapter.");
  }

  /**
   * Whether a key names what the file has elsewhere, or the base: under {@code bias: all} PEFT
   * writes every bias of its own wrappers, and those of modules_to_save have three of them.
   */
  static boolean isCopy(String key) {
    return key.endsWith(".modules_to_save.bias") || key.endsWith(".original_module.bias");
  }
}
