package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.tests.e2e.TinyModel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Model folders that are incomplete or contradict themselves. */
class ModelFoldersTest {
  private static final String NORM = "model.norm.weight";

  @TempDir Path folder;
  private Path weights;
  private Path index;

  @BeforeEach
  void makeModel() {
    TinyModel.SMALLEST.write(folder);
    weights = folder.resolve("model.safetensors");
    index = folder.resolve("model.safetensors.index.json");
  }

  private void assertRefused(String... parts) {
    try (Backend backend = Backends.open("reference", 1)) {
      var refusal =
          assertThatThrownBy(() -> ModelFolder.load(folder, backend).close())
              .isInstanceOf(ModelException.class)
              .hasMessageContaining(folder.toString());
      for (String part : parts) {
        refusal.hasMessageContaining(part);
      }
      // What was opened before the refusal has been given back.
      backend.ledger().assertEmpty();
    }
  }

  private void changeConfig(Consumer<ObjectNode> change) {
    ObjectNode config = Json.readObject(folder.resolve("config.json"));
    change.accept(config);
    Json.write(folder.resolve("config.json"), config);
  }

  private void changeWeights(Consumer<Map<String, Tensor>> change) throws IOException {
    Path changed = folder.resolve("changed");
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.entries().keySet().forEach(name -> tensors.put(name, file.tensor(name)));
      change.accept(tensors);
      SafetensorsWriter.write(changed, tensors);
    }
    Files.move(changed, weights, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Tensor floats(float[] values, long... shape) {
    return new Tensor(
        DType.F32, Shape.of(shape), new Storage.Host(MemorySegment.ofArray(values)), 0);
  }

  @Test
  void noFolder() throws IOException {
    Files.delete(folder.resolve("config.json"));
    assertRefused("config.json does not exist");
  }

  @Test
  void configThatIsNotJson() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\",\n oops}");
    assertRefused("config.json is not JSON", "line 2");
  }

  @Test
  void unknownArchitectureNamesThoseThatAreSupported() {
    changeConfig(config -> config.put("model_type", "mamba"));
    assertRefused("model_type 'mamba'", "LlamaForCausalLM", "llama", "mistral", "qwen2", "qwen3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads"
      })
  void missingSize(String key) {
    changeConfig(config -> config.remove(key));
    assertRefused("config.json", "'" + key + "'", "positive integer", "missing");
  }

  @ParameterizedTest
  @CsvSource({
    "hidden_size,-32,positive integer",
    "hidden_size,30,divide hidden_size 30",
    "num_hidden_layers,0,positive integer",
    "num_hidden_layers,99999999999,positive integer",
    "num_key_value_heads,3,divide num_attention_heads 4",
    "num_key_value_heads,0,divide num_attention_heads 4",
    "num_attention_heads,64,hidden_size 32",
    "head_dim,7,even",
    "head_dim,0,head_dim"
  })
  void impossibleSize(String key, long value, String complaint) {
    changeConfig(config -> config.put(key, value));
    assertRefused("config.json", complaint);
  }

  @ParameterizedTest
  @CsvSource({"hidden_act,tanhshrink", "vocab_size,many"})
  void impossibleName(String key, String value) {
    changeConfig(config -> config.put(key, value));
    assertRefused("config.json", key, value);
  }

  @Test
  void variantThatTheFamilyDoesNotHaveHere() {
    changeConfig(
        config -> config.put("model_type", "opt").put("layerdrop", 0.5).put("ffn_dim", 64));
    assertRefused("config.json", "'layerdrop' is 0.5", "for opt only [0,null]");
  }

  @Test
  void longRopeWithTooFewFactors() {
    changeConfig(
        config -> {
          ObjectNode scaling = config.putObject("rope_scaling").put("type", "longrope");
          scaling.putArray("short_factor").add(1).add(2);
        });
    assertRefused("config.json", "'short_factor' must hold 4 numbers", "holds 2");
  }

  @Test
  void unknownLayerType() {
    changeConfig(
        config -> {
          config.put("model_type", "qwen2");
          config.putArray("layer_types").add("full_attention").add("linear_attention");
        });
    assertRefused("config.json", "'linear_attention'", "full_attention and sliding_attention");
  }

  @Test
  void unknownRopeType() {
    changeConfig(config -> config.putObject("rope_scaling").put("rope_type", "spiral"));
    assertRefused("config.json", "rope_type 'spiral'", "linear, dynamic, llama3, yarn");
  }

  @Test
  void ropeTypeWithoutItsFactor() {
    changeConfig(config -> config.putObject("rope_scaling").put("rope_type", "linear"));
    assertRefused("rope_type 'linear' needs 'factor'");
  }

  @Test
  void noWeights() throws IOException {
    Files.delete(weights);
    assertRefused("model.safetensors", "index.json");
  }

  @Test
  void picklesAreNeverRead() throws IOException {
    Files.move(weights, folder.resolve("pytorch_model.bin"));
    assertRefused("pytorch_model.bin is a pickle", "safetensors");
  }

  @Test
  void missingWeight() throws IOException {
    changeWeights(tensors -> tensors.remove(NORM));
    assertRefused("lacks the weight '" + NORM + "'", "[32]", "config.json");
  }

  @Test
  void weightOfAnotherShape() throws IOException {
    changeWeights(tensors -> tensors.put(NORM, floats(new float[31], 31)));
    assertRefused(NORM, "[31]", "[32]", "config.json implies");
  }

  @Test
  void moreLayersThanWeights() {
    changeConfig(config -> config.put("num_hidden_layers", 3));
    assertRefused("model.layers.2.input_layernorm.weight");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void weightThatIsNotFinite(float value) throws IOException {
    float[] norm = new float[32];
    norm[17] = value;
    changeWeights(tensors -> tensors.put(NORM, floats(norm, 32)));
    assertRefused("'" + NORM + "' holds NaN or infinity");
  }

  private void writeIndex(String weight, String file) throws IOException {
    Files.move(weights, folder.resolve("shard.safetensors"));
    ObjectNode root = Json.mapper().createObjectNode();
    root.putObject("weight_map").put(weight, file);
    Json.write(index, root);
  }

  @Test
  void indexThatNamesAMissingShard() throws IOException {
    writeIndex(NORM, "model-00001-of-00002.safetensors");
    assertRefused("model-00001-of-00002.safetensors does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret.safetensors", "/etc/passwd", "a/b.safetensors", "..", ""})
  void indexThatLeavesTheFolder(String file) throws IOException {
    writeIndex(NORM, file);
    assertRefused("index.json", "'" + file + "' is not a plain file name");
  }

  @Test
  void indexThatNamesTheWrongShard() throws IOException {
    writeIndex("model.nothing.weight", "shard.safetensors");
    assertRefused("places 'model.nothing.weight' in shard.safetensors", "does not hold it");
  }

  @Test
  void indexWithoutAMap() throws IOException {
    Files.delete(weights);
    Json.write(index, Json.mapper().createObjectNode().put("weight_map", "none"));
    assertRefused("index.json has no weight_map");
  }
}
