package dev.sifter.tests.parity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.WeightShapes;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.tests.Logits;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tiny models whose weights are a formula, so that another library can have the same ones and a
 * reference result is one number: element i of a weight is 0.3·sin(0.37·i² + s), s the sum of the
 * bytes of its name, and 1 more in a norm's weight.
 */
final class FormulaModel {
  private static final int[] TOKENS = {
    3, 14, 15, 9, 2, 6, 5, 35, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8
  };

  private FormulaModel() {}

  /** What all configurations have in common. */
  static ObjectNode configuration(String family) {
    return Json.mapper()
        .createObjectNode()
        .put("vocab_size", 48)
        .put("hidden_size", 32)
        .put("intermediate_size", 48)
        .put("num_hidden_layers", 4)
        .put("num_attention_heads", 4)
        .put("num_key_value_heads", 2)
        .put("max_position_embeddings", 64)
        .putNull("pad_token_id")
        .put("bos_token_id", 1)
        .put("eos_token_id", 2)
        .put("model_type", family);
  }

  /** The weights that a configuration implies, by their checkpoint names. */
  static Map<String, Tensor> weights(ObjectNode json) {
    ModelConfig config = ModelConfigReader.read(json);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    WeightShapes.of(config).forEach((name, shape) -> weights.put(name, weight(name, shape)));
    return weights;
  }

  /** One weight. */
  static Tensor weight(String name, Shape shape) {
    int offset = 0;
    for (byte letter : name.getBytes(StandardCharsets.US_ASCII)) {
      offset += letter;
    }
    boolean isNorm = name.endsWith(".weight") && (name.contains("norm") || name.contains(".ln_"));
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.3 * Math.sin(0.37 * i * i + offset) + (isNorm ? 1 : 0));
    }
    return new Tensor(DType.F32, shape, new Storage.Host(MemorySegment.ofArray(values)), 0);
  }

  /** Writes a model folder, which it returns. */
  static Path write(Path folder, ObjectNode json, Map<String, Tensor> weights) {
    SafetensorsWriter.write(folder.resolve("model.safetensors"), weights);
    Json.write(folder.resolve("config.json"), json);
    return folder;
  }

  /** The sum of the log-probabilities of all tokens but the first. */
  static double logProbability(Path folder, Backend backend) {
    try (Decoder model = ModelFolder.load(folder, backend)) {
      return logProbability(model);
    }
  }

  /** As {@link #logProbability(Path, Backend)}, of a model that is loaded. */
  static double logProbability(Decoder model) {
    float[] logits = Logits.of(model, TOKENS);
    int vocabulary = model.config().vocabSize();
    double sum = 0;
    for (int row = 0; row + 1 < TOKENS.length; row++) {
      double total = 0;
      for (int i = 0; i < vocabulary; i++) {
        total += Math.exp(logits[row * vocabulary + i]);
      }
      sum += logits[row * vocabulary + TOKENS[row + 1]] - Math.log(total);
    }
    return sum;
  }
}
