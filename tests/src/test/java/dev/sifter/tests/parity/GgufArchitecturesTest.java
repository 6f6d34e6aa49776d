package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.gguf.GgufExport;
import dev.sifter.model.gguf.GgufType;
import dev.sifter.tests.Goldens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * GGUF files of all families that llama.cpp knows. Each case of {@code gguf-architectures.json} is
 * a {@link FormulaModel} with some keys of its own, a digest of the file that was written of it,
 * and the log-probability that llama.cpp (ec98e2002, on the CPU, keys and values in fp32) got from
 * that file.
 */
class GgufArchitecturesTest {
  /** Fifty times what fp32 changes such a sum by. */
  static final double CLOSE = 5e-4;

  /** llama.cpp looks GELU up in a table of fp16, which changes the sum by up to 3e-3. */
  static final double CLOSE_WITH_GELU = 2e-2;

  @TempDir private Path folder;

  static Stream<Arguments> cases() {
    return Json.readObject(Goldens.golden("gguf-architectures.json")).properties().stream()
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void llamaCppComputesTheSame(String name, JsonNode expected) throws Exception {
    write(folder, (ObjectNode) expected.path("config"));
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, "tiny", GgufType.F32);
    assertThat(digest(file)).isEqualTo(expected.path("digest").asText());
    double close = expected.path("gelu").asBoolean() ? CLOSE_WITH_GELU : CLOSE;
    try (Backend backend = Backends.open("reference", 1)) {
      assertThat(FormulaModel.logProbability(folder, backend))
          .isCloseTo(expected.path("log_probability").asDouble(), within(close));
    }
  }

  /** Keys that llama.cpp's architecture of the family computes otherwise, or has no place for. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{model_type: gemma2, head_dim: 8, query_pre_attn_scalar: 16}"
            + "|attention_scale is 0.25; llama.cpp's gemma2 has 1/sqrt(head_dim)",
        "{model_type: qwen2, hidden_act: gelu}|activation is gelu; llama.cpp's qwen2 has silu",
        "{model_type: gemma, head_dim: 8, tie_word_embeddings: false}|head is not tied",
        "{model_type: gpt2, n_embd: 32, n_layer: 4, n_head: 4, scale_attn_by_inverse_layer_idx:"
            + " true}|attention_scale_by_depth is true; llama.cpp's gpt2 has false",
        "{model_type: granitemoehybrid, num_local_experts: 0, layer_types: [attention, attention,"
            + " attention, attention]}"
            + "|rotating_layers is [false, false, false, false]; llama.cpp's granite has all",
        "{model_type: phi, qk_layernorm: true}|query_key_norm is head; llama.cpp's phi2 has none",
        "{model_type: opt, ffn_dim: 48, word_embed_proj_dim: 32}|model_type 'opt' cannot",
        "{model_type: cohere2, layer_types: [full_attention, sliding_attention,"
            + " sliding_attention, sliding_attention], sliding_window: 5}"
            + "|sliding_layers is [false, true, true, true]; llama.cpp's cohere2 has 3 of 4",
        "{model_type: olmo3, num_hidden_layers: 3, sliding_window: 5}"
            + "|full_layers is 0.0; llama.cpp's olmo2 has above 0",
        "{model_type: smollm3, no_rope_layer_interval: 2}"
            + "|rotating_layers is [true, false, true, false]; llama.cpp's smollm3 has 3 of 4",
        "{model_type: llama, rope_scaling: {rope_type: dynamic, factor: 2.0}}"
            + "|rope_scaling is dynamic",
        "{model_type: lfm2, full_attn_idxs: [1], conv_L_cache: 1}"
            + "|convolution_taps is 1; llama.cpp's lfm2 has above 1",
        "{model_type: lfm2}|convolving_layers is 0.0; llama.cpp's lfm2 has above 0"
      })
  void whatDiffersIsRefused(String keys, String message) throws Exception {
    write(folder, object(keys));
    Path file = folder.resolve("model.gguf");
    assertThatThrownBy(() -> GgufExport.write(folder, file, "tiny", GgufType.F32))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
    assertThat(file).doesNotExist();
  }

  /** An object written without quotes. */
  static ObjectNode object(String keys) throws Exception {
    return (ObjectNode)
        Json.mapper()
            .readTree(
                keys.replaceAll("([a-z_]\\w*)", "\"$1\"")
                    .replace("\"true\"", "true")
                    .replace("\"false\"", "false"));
  }

  @Test
  void windowsOfAllLayersAreNoted() {
    write(
        folder,
        Json.mapper().createObjectNode().put("model_type", "mistral").put("sliding_window", 5));
    List<String> notes = GgufExport.write(folder, folder.resolve("a.gguf"), "a", GgufType.F32);
    assertThat(notes).singleElement().asString().contains("more than 5 tokens");
    write(folder, Json.mapper().createObjectNode().put("model_type", "llama"));
    assertThat(GgufExport.write(folder, folder.resolve("b.gguf"), "b", GgufType.F32)).isEmpty();
  }

  /** A model of a configuration, and a tokenizer of 48 bytes. */
  static void write(Path folder, ObjectNode own) {
    ObjectNode json = FormulaModel.configuration(own.path("model_type").asText());
    json.setAll(own);
    FormulaModel.write(folder, json, FormulaModel.weights(json));
    Json.write(folder.resolve("tokenizer.json"), tokenizer());
  }

  /** 48 bytes, and nothing that merges them. */
  private static ObjectNode tokenizer() {
    ObjectNode tokenizer = Json.mapper().createObjectNode();
    tokenizer.putObject("pre_tokenizer").put("type", "ByteLevel").put("add_prefix_space", false);
    tokenizer.putObject("decoder").put("type", "ByteLevel");
    ObjectNode vocabulary = tokenizer.putObject("model").put("type", "BPE").putObject("vocab");
    for (int id = 0; id < 48; id++) {
      vocabulary.put(String.valueOf((char) ('!' + id)), id);
    }
    ((ObjectNode) tokenizer.path("model")).putArray("merges");
    return tokenizer;
  }

  /** Of all keys and tensors, these to four decimals: sines may differ in their last bits. */
  static String digest(Path file) throws Exception {
    GgufFileReader written = new GgufFileReader(file);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(written.values().toString().getBytes(StandardCharsets.UTF_8));
    for (Map.Entry<String, GgufFileReader.Entry> tensor : written.tensors().entrySet()) {
      digest.update((tensor.getKey() + tensor.getValue().ne()).getBytes(StandardCharsets.UTF_8));
      FloatBuffer values =
          ByteBuffer.wrap(tensor.getValue().bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      while (values.hasRemaining()) {
        digest.update((Math.round(values.get() * 1e4) + " ").getBytes(StandardCharsets.US_ASCII));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
