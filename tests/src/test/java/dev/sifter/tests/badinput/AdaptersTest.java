package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.AdapterFolder;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.tests.Logits;
import dev.sifter.tests.e2e.TinyModel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapter folders that are incomplete, or ask for what is not supported. */
class AdaptersTest {
  private static final String KEY =
      "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

  @TempDir Path folder;
  private Path base;
  private Path adapter;

  @BeforeEach
  void makeAdapter() {
    base = TinyModel.SMALLEST.write(folder.resolve("base"));
    adapter = folder.resolve("adapter");
    try (Backend backend = Backends.open("reference", 1);
        Decoder model = AdaptedModel.fresh(base, backend, LoraConfig.defaults(), 1)) {
      AdapterFolder.save(adapter, model, LoraConfig.defaults(), base.toString());
    }
  }

  private void assertRefused(String... parts) {
    try (Backend backend = Backends.open("reference", 1)) {
      var refusal =
          assertThatThrownBy(() -> AdaptedModel.load(base, adapter, backend, true).close())
              .isInstanceOf(ModelException.class)
              .hasMessageContaining(adapter.toString());
      for (String part : parts) {
        refusal.hasMessageContaining(part);
      }
      backend.ledger().assertEmpty();
    }
  }

  private void changeConfig(Consumer<ObjectNode> change) {
    Path file = adapter.resolve("adapter_config.json");
    ObjectNode config = Json.readObject(file);
    change.accept(config);
    Json.write(file, config);
  }

  private void changeWeights(Consumer<Map<String, Tensor>> change) throws IOException {
    Path weights = adapter.resolve("adapter_model.safetensors");
    Path changed = folder.resolve("changed");
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.entries().keySet().forEach(name -> tensors.put(name, file.tensor(name)));
      change.accept(tensors);
      SafetensorsWriter.write(changed, tensors);
    }
    Files.move(changed, weights, StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"adapter_config.json", "adapter_model.safetensors"})
  void missingFile(String name) throws IOException {
    Files.delete(adapter.resolve(name));
    assertRefused(name, "does not exist");
  }

  @Test
  void featureThatIsNotSupported() {
    changeConfig(config -> config.put("use_qalora", true));
    assertRefused("adapter_config.json", "'use_qalora' is true", "not supported");
  }

  /** These initialisations changed the base, each in a way of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"corda", "lora_ga", "loftq"})
  void initialisationThatChangedTheBase(String init) {
    changeConfig(config -> config.put("init_lora_weights", init));
    assertRefused("adapter_config.json", "init_lora_weights is '" + init + "'");
  }

  /** EVA chose A and left the base alone: its adapter is one like any other. */
  @Test
  void evaIsNoMatterOfALoadedAdapter() {
    try (Backend backend = Backends.open("reference", 1)) {
      float[] expected = logits(backend);
      changeConfig(config -> config.put("init_lora_weights", "eva").putObject("eva_config"));
      assertThat(logits(backend)).isEqualTo(expected);
    }
  }

  /**
   * Under bias: all, PEFT 0.21.0 writes the bias of a module in modules_to_save three times: as the
   * module's, as modules_to_save.bias, and the base's as original_module.bias.
   */
  @Test
  void biasesThatPeftWritesTwice() throws IOException {
    try (Backend backend = Backends.open("reference", 1)) {
      float[] expected = logits(backend);
      changeWeights(
          tensors -> {
            String module = KEY.replace("q_proj.lora_A.weight", "k_proj");
            tensors.put(module + ".modules_to_save.bias", tensors.get(KEY));
            tensors.put(module + ".original_module.bias", tensors.get(KEY));
          });
      assertThat(logits(backend)).isEqualTo(expected);
    }
  }

  private float[] logits(Backend backend) {
    try (Decoder model = AdaptedModel.load(base, adapter, backend, false)) {
      return Logits.of(model, 1, 2, 3);
    }
  }

  @Test
  void featuresThatExcludeEachOther() {
    changeConfig(config -> config.put("use_dora", true).put("lora_bias", true));
    assertRefused("adapter_config.json", "use_dora and lora_bias exclude each other");
  }

  @Test
  void adapterOfAnotherFamily() {
    changeConfig(config -> config.putArray("target_modules").add("transformer.h.0.attn.c_attn"));
    assertRefused("[transformer.h.0.attn.c_attn] match no linear layer", "self_attn.q_proj");
  }

  @Test
  void magnitudesThatTheWeightsDoNotHave() {
    changeConfig(config -> config.put("use_dora", true));
    assertRefused("lacks", "q_proj.lora_magnitude_vector");
  }

  @Test
  void tokenThatTheModelDoesNotHave() {
    LoraConfig config =
        LoraConfig.builder()
            .trainableTokenIndices(Map.of("embed_tokens", List.of(1, 99_999)))
            .build();
    try (Backend backend = Backends.open("reference", 1)) {
      assertThatThrownBy(() -> AdaptedModel.fresh(base, backend, config, 1))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("token 99999");
      backend.ledger().assertEmpty();
    }
  }

  @Test
  void targetParametersAreNotSupported() {
    changeConfig(config -> config.putArray("target_parameters").add("x"));
    assertRefused("adapter_config.json", "'target_parameters' is set", "not supported");
  }

  @Test
  void anotherKindOfAdapter() {
    changeConfig(config -> config.put("peft_type", "IA3"));
    assertRefused("adapter_config.json", "IA3", "LORA");
  }

  @Test
  void rankThatTheWeightsDoNotHave() {
    changeConfig(config -> config.put("r", 4));
    assertRefused(KEY, "[8, 32]", "[4, 32]", "adapter_config.json");
  }

  @ParameterizedTest
  @CsvSource({"r,0,r is 0", "lora_alpha,0,lora_alpha", "lora_dropout,1,lora_dropout"})
  void numberOutOfRange(String key, int value, String name) {
    changeConfig(config -> config.put(key, value));
    assertRefused("adapter_config.json", name, String.valueOf(value), "must be");
  }

  @Test
  void unknownBias() {
    changeConfig(config -> config.put("bias", "some"));
    assertRefused("adapter_config.json", "bias", "some", "none, all or lora_only");
  }

  @Test
  void missingTensor() throws IOException {
    changeWeights(tensors -> tensors.remove(KEY));
    assertRefused("lacks '" + KEY + "'");
  }

  @Test
  void tensorOfAnotherName() throws IOException {
    changeWeights(tensors -> tensors.put("x", tensors.get(KEY)));
    assertRefused("'x'");
  }

  @Test
  void adapterOfALayerThatIsNotAdapted() throws IOException {
    String key = KEY.replace("q_proj", "k_proj");
    changeWeights(tensors -> tensors.put(key, tensors.get(KEY)));
    assertRefused("1 adapters", key, "adapter_config.json");
  }

  @Test
  void weightThatTheBaseDoesNotHave() throws IOException {
    changeWeights(tensors -> tensors.put("base_model.model.score.weight", tensors.get(KEY)));
    assertRefused("'base_model.model.score.weight'", base.toString());
  }

  @Test
  void targetsThatMatchNothing() {
    changeConfig(config -> config.putArray("target_modules").add("query"));
    assertThatThrownBy(
            () -> {
              try (Backend backend = Backends.open("reference", 1)) {
                AdaptedModel.load(base, adapter, backend, true).close();
              }
            })
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("query")
        .hasMessageContaining("match no linear layer")
        .hasMessageContaining("self_attn.q_proj");
  }

  @Test
  void expressionThatIsNone() {
    changeConfig(config -> config.put("target_modules", "(q_proj"));
    assertRefused("adapter_config.json", "(q_proj", "regular expression");
  }

  @Test
  void aWeightThatIsNotFinite() throws IOException {
    changeWeights(
        tensors -> {
          var nan = MemorySegment.ofArray(new float[8 * 32]);
          nan.set(ValueLayout.JAVA_FLOAT, 40, Float.NaN);
          Tensor old = tensors.get(KEY);
          tensors.put(KEY, new Tensor(old.dtype(), old.shape(), new Storage.Host(nan), 0));
        });
    assertRefused(KEY, "NaN or infinity");
  }
}
