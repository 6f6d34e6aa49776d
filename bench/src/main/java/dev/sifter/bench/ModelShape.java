package dev.sifter.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;

/** Shapes of published models, for benchmarks that need no weights. */
public enum ModelShape {
  /** SmolLM2-135M. */
  SMOLLM2_135M(49152, 576, 1536, 30, 9, 3, true),
  /** Llama 3.2 1B. */
  LLAMA_1B(128256, 2048, 8192, 16, 32, 8, true),
  /** Llama 3.1 8B. */
  LLAMA_8B(128256, 4096, 14336, 32, 32, 8, false);

  private final int vocabSize;
  private final int hiddenSize;
  private final int intermediateSize;
  private final int layers;
  private final int heads;
  private final int keyValueHeads;
  private final boolean tied;

  ModelShape(
      int vocabSize,
      int hiddenSize,
      int intermediateSize,
      int layers,
      int heads,
      int keyValueHeads,
      boolean tied) {
    this.vocabSize = vocabSize;
    this.hiddenSize = hiddenSize;
    this.intermediateSize = intermediateSize;
    this.layers = layers;
    this.heads = heads;
    this.keyValueHeads = keyValueHeads;
    this.tied = tied;
  }

  /** The model as its {@code config.json} would describe it. */
  ModelConfig config() {
    ObjectNode config = Json.mapper().createObjectNode();
    config.put("model_type", "llama");
    config.put("vocab_size", vocabSize);
    config.put("hidden_size", hiddenSize);
    config.put("intermediate_size", intermediateSize);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", heads);
    config.put("num_key_value_heads", keyValueHeads);
    config.put("max_position_embeddings", 8192);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 100000.0);
    config.put("tie_word_embeddings", tied);
    return ModelConfigReader.read(config);
  }
}
