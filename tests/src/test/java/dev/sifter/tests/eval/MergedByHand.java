package dev.sifter.tests.eval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.OverlaidWeights;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.tests.GoldenTensors;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A base model and a LoRA adapter with trained embedding rows, merged by the plain formula W +
 * (α/r)·B·A, independently of the product's own merge.
 */
final class MergedByHand {
  private static final String PREFIX = "base_model.model.";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private MergedByHand() {}

  static Decoder load(Path base, Path adapter, Backend backend) {
    JsonNode config = Json.readObject(adapter.resolve("adapter_config.json"));
    double scale = config.path("lora_alpha").asDouble() / config.path("r").asDouble();
    TensorArena arena = backend.newArena("merged");
    Map<String, Tensor> merged = new LinkedHashMap<>();
    try (GoldenTensors weights = GoldenTensors.open(base.resolve("model.safetensors"));
        GoldenTensors lora = GoldenTensors.open(adapter.resolve("adapter_model.safetensors"))) {
      for (String key : lora.names()) {
        if (key.endsWith(".lora_A.weight")) {
          String module = key.substring(PREFIX.length(), key.length() - ".lora_A.weight".length());
          String name = module + ".weight";
          float[] b = lora.floats(PREFIX + module + ".lora_B.weight");
          float[] sum = weights.floats(name);
          add(sum, b, lora.floats(key), (int) lora.shape(key)[0], scale);
          merged.put(name, upload(backend, arena, weights.shape(name), sum));
        }
      }
      float[] rows =
          lora.floats(PREFIX + "model.embed_tokens.token_adapter.trainable_tokens_delta");
      float[] table = weights.floats(EMBEDDING);
      int width = (int) weights.shape(EMBEDDING)[1];
      int at = 0;
      for (JsonNode token : config.path("trainable_token_indices").path("embed_tokens")) {
        System.arraycopy(rows, at++ * width, table, token.asInt() * width, width);
      }
      merged.put(EMBEDDING, upload(backend, arena, weights.shape(EMBEDDING), table));
    }
    OverlaidWeights overlaid =
        new OverlaidWeights(WeightFolder.open(base), merged, "a merged adapter", arena::close);
    return Decoder.over(
        ModelConfigReader.read(base),
        new ParameterStore(backend, overlaid, name -> false, DType.F32));
  }

  /** w [out, in] += scale · b [out, r] · a [r, in]. */
  private static void add(float[] w, float[] b, float[] a, int r, double scale) {
    int in = a.length / r;
    for (int o = 0; o < b.length / r; o++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int k = 0; k < r; k++) {
          sum += (double) b[o * r + k] * a[k * in + i];
        }
        w[o * in + i] += (float) (scale * sum);
      }
    }
  }

  private static Tensor upload(Backend backend, TensorArena arena, long[] shape, float[] values) {
    Tensor tensor = arena.allocate(DType.F32, Shape.of(shape));
    backend.upload(MemorySegment.ofArray(values), tensor);
    return tensor;
  }
}
