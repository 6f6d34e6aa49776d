package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A whole model folder that takes a moment to make: a llama of two small blocks with random
 * weights, a byte-level tokenizer trained on a few sentences, the ChatML template.
 */
public final class TinyModel {
  /** Longest context of the model. */
  public static final int CONTEXT = 96;

  private static final List<String> SENTENCES =
      List.of(
          "the quick brown fox jumps over the lazy dog",
          "the model answers the user and the user asks the model",
          "hello world, hello model, hello user");

  private TinyModel() {}

  /** Writes the model into a folder, which it returns. */
  public static Path save(Path folder) {
    return save(folder, 7);
  }

  /** As {@link #save(Path)}, with other random weights for another seed. */
  public static Path save(Path folder, long seed) {
    Tokenizer tokenizer =
        new BpeTrainer(300, 1, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
            .train(SENTENCES)
            .withSpecialToken("eos_token", "<|im_end|>")
            .withSpecialToken("pad_token", "<|endoftext|>");
    ModelConfig config = ModelConfigReader.read(config(tokenizer));
    try (Backend backend = Backends.open("reference", 1);
        Decoder model =
            Decoder.over(
                config,
                new ParameterStore(
                    backend, new FreshWeights(config, seed), name -> false, DType.F32))) {
      ModelFolder.save(folder, ModelFolder.weights(model), config.json(), null, 1L << 30);
    }
    tokenizer.save(folder);
    TemplateFiles.write(folder, ChatTemplates.builtIn("chatml"));
    return folder;
  }

  /**
   * As {@link #save(Path)}, with dynamic scaling that stretches the context to twice its length.
   */
  public static Path saveStretched(Path folder) {
    save(folder);
    ObjectNode config = Json.readObject(folder.resolve("config.json"));
    config.putObject("rope_scaling").put("rope_type", "dynamic").put("factor", 2.0);
    Json.write(folder.resolve("config.json"), config);
    return folder;
  }

  private static ObjectNode config(Tokenizer tokenizer) {
    return Json.mapper()
        .createObjectNode()
        .put("model_type", "llama")
        .put("vocab_size", tokenizer.vocabSize())
        .put("hidden_size", 32)
        .put("intermediate_size", 48)
        .put("num_hidden_layers", 2)
        .put("num_attention_heads", 4)
        .put("num_key_value_heads", 2)
        .put("max_position_embeddings", CONTEXT)
        .put("tie_word_embeddings", true)
        .put("initializer_range", 0.3)
        .put("eos_token_id", tokenizer.eosId().getAsInt());
  }

  /** Writes a LoRA adapter for the model, one that changes it, into a folder, which it returns. */
  public static Path saveAdapter(Path folder, Path model) {
    LoraConfig lora = LoraConfig.defaults();
    try (Backend backend = Backends.open("reference", 1);
        Decoder adapted = AdaptedModel.fresh(model, backend, lora, 1)) {
      long stream = 0;
      for (Parameter parameter : adapted.parameters().trainable()) {
        // B begins as zeros, with which the adapter would be nothing.
        if (parameter.name().contains("lora_B")) {
          Tensor value = parameter.value();
          float[] numbers = new float[Math.toIntExact(value.elements())];
          Philox.normal(new RandomStream(5, stream++), 0.3, numbers);
          backend.upload(MemorySegment.ofArray(numbers), value);
        }
      }
      AdapterFolder.save(folder, adapted, lora, model.toString());
    }
    return folder;
  }
}
