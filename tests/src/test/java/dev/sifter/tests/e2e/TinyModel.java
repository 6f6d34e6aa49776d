package dev.sifter.tests.e2e;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
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
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.WeightCast;
import dev.sifter.model.weights.WeightFolderWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes a model that nobody has trained, small enough for a test of the whole chain, and
 * conversations of unequal length for it.
 *
 * @param layers number of blocks
 * @param hiddenSize width; a multiple of 16
 */
public record TinyModel(int layers, int hiddenSize) {
  /** Two blocks of width 32. */
  public static final TinyModel SMALLEST = new TinyModel(2, 32);

  private static final String END = "<|im_end|>";
  private static final List<String> WORDS =
      List.of("red", "green", "blue", "one", "two", "three", "sun", "moon", "sea", "hill");

  /** Writes configuration, fresh weights, tokenizer and chat template. */
  public Path write(Path folder) {
    return write(folder, DType.F32);
  }

  /** The same, with weights of this type. */
  public Path write(Path folder, DType dtype) {
    Tokenizer tokenizer =
        new BpeTrainer(300, 2, List.of(END, "<|im_start|>", "<|pad|>"))
            .train(List.of(String.join(" ", WORDS).repeat(3)))
            .withSpecialToken("eos_token", END)
            .withSpecialToken("pad_token", "<|pad|>");
    tokenizer.save(folder);
    TemplateFiles.write(folder, ChatTemplates.builtIn("chatml"));
    ModelConfig config = ModelConfigReader.read(configuration(tokenizer));
    try (Backend backend = Backends.open("reference", 1);
        Decoder model =
            Decoder.over(
                config,
                new ParameterStore(
                    backend, new FreshWeights(config, 7), name -> false, DType.F32))) {
      Map<String, Tensor> weights = ModelFolder.weights(model);
      weights.replaceAll((name, weight) -> WeightCast.to(dtype, weight));
      ModelFolder.save(
          folder, weights, config.json(), null, WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
    }
    return folder;
  }

  private ObjectNode configuration(Tokenizer tokenizer) {
    ObjectNode config = Json.mapper().createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("vocab_size", tokenizer.vocabSize());
    config.put("hidden_size", hiddenSize);
    config.put("intermediate_size", 2 * hiddenSize);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", 4);
    config.put("num_key_value_heads", 2);
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", 128);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0);
    // Wider than usual, so that gradients of an untrained model are far from rounding noise.
    config.put("initializer_range", 0.1);
    config.put("tie_word_embeddings", true);
    config.put("eos_token_id", tokenizer.eosId().orElseThrow());
    config.put("pad_token_id", tokenizer.padId().orElseThrow());
    config.put("dtype", "float32");
    return config;
  }

  /** Writes conversations of one to twelve words a turn. */
  public static Path writeConversations(Path file, int count) {
    Random random = new Random(count);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode row = Json.mapper().createObjectNode();
      ArrayNode messages = row.putArray("messages");
      messages.addObject().put("role", "user").put("content", words(random));
      messages.addObject().put("role", "assistant").put("content", words(random));
      lines.add(line(row));
    }
    try {
      return Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(ObjectNode row) {
    try {
      return Json.mapper()
          .writer()
          .without(SerializationFeature.INDENT_OUTPUT)
          .writeValueAsString(row);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String words(Random random) {
    List<String> words = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      words.add(WORDS.get(random.nextInt(WORDS.size())));
    }
    return String.join(" ", words);
  }
}
