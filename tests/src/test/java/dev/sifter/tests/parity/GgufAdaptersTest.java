package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.config.WeightNames.Module;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.WeightShapes;
import dev.sifter.model.gguf.GgufAdapter;
import dev.sifter.model.gguf.GgufType;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.tests.Goldens;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Adapters as GGUF files, on the models of {@link GgufArchitecturesTest}: every matrix of every
 * block is adapted, and head and embeddings where they are not tied. {@code gguf-adapters.json} has
 * for each a digest of the file and the log-probability that llama.cpp (ec98e2002) got with it laid
 * over the model's.
 */
class GgufAdaptersTest {
  private static final String KEYS = "base_model.model.%s.lora_%s.weight";
  private static final String EMBEDDING_KEYS = "base_model.model.%s.lora_embedding_%s";

  @TempDir private Path base;
  @TempDir private Path adapter;

  static Stream<Arguments> cases() {
    ObjectNode models = Json.readObject(Goldens.golden("gguf-architectures.json"));
    return Json.readObject(Goldens.golden("gguf-adapters.json")).properties().stream()
        .map(
            entry -> {
              String model = entry.getValue().path("model").asText();
              return Arguments.of(entry.getKey(), models.path(model), entry.getValue());
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void llamaCppComputesTheSame(String name, JsonNode model, JsonNode expected) throws Exception {
    GgufArchitecturesTest.write(base, (ObjectNode) model.path("config"));
    writeAdapter((ObjectNode) expected.path("adapter"));
    Path file = adapter.resolve("adapter.gguf");
    GgufAdapter.write(base, adapter, file, "tiny", GgufType.F32);
    assertThat(GgufArchitecturesTest.digest(file)).isEqualTo(expected.path("digest").asText());
    double close =
        model.path("gelu").asBoolean()
            ? GgufArchitecturesTest.CLOSE_WITH_GELU
            : GgufArchitecturesTest.CLOSE;
    assertThat(logProbability())
        .isCloseTo(expected.path("log_probability").asDouble(), within(close));
  }

  /** What llama.cpp's adapters cannot be, and files that are not what they say. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{use_dora: true}|has use_dora, for which llama.cpp's adapters have no place",
        "{lora_bias: true}|has lora_bias, for which",
        "{bias: all}|has weights of the base that it changes, for which",
        "{modules_to_save: [lm_head]}|has weights of the base that it changes, for which",
        "{init_lora_weights: pissa}|has weights of the base that it changes, for which",
        "{trainable_token_indices: [1]}|has weights of the base that it changes, for which"
      })
  void moreThanProductsIsRefused(String keys, String message) throws Exception {
    GgufArchitecturesTest.write(base, model("llama"));
    writeAdapter(GgufArchitecturesTest.object(keys));
    assertRefused(message);
  }

  @Test
  void modulesThatTakeNoAdapterAreRefused() throws Exception {
    GgufArchitecturesTest.write(base, model("glm4").put("head_dim", 8));
    writeAdapter(Json.mapper().createObjectNode());
    assertRefused("adapts 'model.layers.0.mlp.down_proj', where llama.cpp's glm4 takes no adapter");
    GgufArchitecturesTest.write(base, model("llama").put("tie_word_embeddings", true));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    addFactors(tensors, EMBEDDING_KEYS, "model.embed_tokens", Shape.of(32, 48), 4);
    write(Json.mapper().createObjectNode(), List.of("model.embed_tokens"), tensors);
    assertRefused("adapts 'model.embed_tokens', where llama.cpp's llama takes no adapter");
  }

  @Test
  void anotherModelsAdapterIsRefused() throws Exception {
    GgufArchitecturesTest.write(base, model("llama").put("intermediate_size", 64));
    writeAdapter(Json.mapper().createObjectNode());
    GgufArchitecturesTest.write(base, model("llama"));
    assertRefused(
        "adapts 'model.layers.0.mlp.down_proj' from 64 to 32, but the base's goes from 48");
  }

  @Test
  void whatIsNoNumberIsRefused() {
    GgufArchitecturesTest.write(base, model("llama"));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    String path = "model.layers.0.mlp.down_proj";
    addFactors(tensors, KEYS, path, Shape.of(32, 48), 4);
    Tensor b = tensors.get(KEYS.formatted(path, "B"));
    b.segment().set(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
    write(Json.mapper().createObjectNode(), List.of(path), tensors);
    assertRefused("holds NaN or infinity, in the adapter of '" + path + "'");
  }

  private void assertRefused(String message) {
    Path file = adapter.resolve("adapter.gguf");
    assertThatThrownBy(() -> GgufAdapter.write(base, adapter, file, "tiny", GgufType.F32))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
    assertThat(file).doesNotExist();
  }

  private static ObjectNode model(String type) {
    return Json.mapper().createObjectNode().put("model_type", type);
  }

  private double logProbability() {
    try (Backend backend = Backends.open("reference", 1);
        Decoder model = AdaptedModel.load(base, adapter, backend, false)) {
      return FormulaModel.logProbability(model);
    }
  }

  /** An adapter of all matrices but those excluded, with such keys in its configuration. */
  private void writeAdapter(ObjectNode keys) {
    ModelConfig config = ModelConfigReader.read(base);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> paths = new ArrayList<>();
    for (Map.Entry<String, Shape> weight : WeightShapes.of(config).entrySet()) {
      String path = weight.getKey().replaceFirst("[.]weight$", "");
      boolean embedding = path.equals(config.names().path(Module.EMBEDDING));
      boolean head = weight.getKey().equals(config.headWeightName());
      if (weight.getValue().rank() == 2
          && !path.equals(config.names().path(Module.POSITION_EMBEDDING))
          && !(embedding && config.tieWordEmbeddings())
          && !isExcluded(keys, path)) {
        paths.add(head ? "lm_head" : path);
        boolean turned = embedding || !head && config.fanInFanOut();
        long inputs = weight.getValue().dim(turned ? 0 : 1);
        long outputs = weight.getValue().dim(turned ? 1 : 0);
        String form = embedding ? EMBEDDING_KEYS : KEYS;
        addFactors(tensors, form, paths.getLast(), Shape.of(outputs, inputs), rank(keys, path));
      }
    }
    write(keys, paths, tensors);
  }

  private void write(ObjectNode keys, List<String> paths, Map<String, Tensor> tensors) {
    ObjectNode json = Json.mapper().createObjectNode().put("peft_type", "LORA").put("r", 4);
    json.put("lora_alpha", 2).setAll(keys);
    json.set("target_modules", Json.mapper().valueToTree(paths));
    Json.write(adapter.resolve("adapter_config.json"), json);
    SafetensorsWriter.write(adapter.resolve("adapter_model.safetensors"), tensors);
  }

  private static boolean isExcluded(ObjectNode keys, String path) {
    JsonNode excluded = keys.path("exclude_modules");
    return IntStream.range(0, excluded.size())
        .anyMatch(i -> path.endsWith("." + excluded.path(i).asText()));
  }

  private static int rank(ObjectNode keys, String path) {
    String last = path.substring(path.lastIndexOf('.') + 1);
    return keys.path("rank_pattern").path(last).asInt(4);
  }

  /** Adds A and B of a module whose weight is [outputs, inputs]. */
  private static void addFactors(
      Map<String, Tensor> tensors, String form, String path, Shape weight, int rank) {
    Shape a = Shape.of(rank, weight.dim(1));
    Shape b = Shape.of(weight.dim(0), rank);
    tensors.put(form.formatted(path, "A"), FormulaModel.weight(path + "A", a));
    tensors.put(form.formatted(path, "B"), FormulaModel.weight(path + "B", b));
  }
}
