package dev.sifter.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.RopeConfig.Scaling;
import dev.sifter.model.decoder.RopeDivisors;
import dev.sifter.model.gguf.GgufExport;
import dev.sifter.model.gguf.GgufType;
import dev.sifter.tests.Goldens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GGUF files against those of the gguf package under the rules of llama.cpp's converter. */
class GgufGoldensTest {
  private static final Map<String, Integer> TYPES =
      Map.of("F32", 0, "F16", 1, "Q8_0", 8, "BF16", 30);

  @TempDir private Path files;

  @ParameterizedTest
  @ValueSource(strings = {"f32", "f16", "bf16", "q8_0"})
  void everyKeyAndEveryByteOfATensorIsTheSame(String type) throws Exception {
    JsonNode golden = Json.readObject(Goldens.golden("gguf/model-%s.json".formatted(type)));
    Path file = files.resolve("model.gguf");
    GgufExport.write(Goldens.golden("gguf/hf"), file, "tiny golden llama", GgufType.of(type));
    GgufFileReader written = new GgufFileReader(file);
    for (Map.Entry<String, JsonNode> entry : golden.get("metadata").properties()) {
      if (!entry.getKey().startsWith("GGUF.")) {
        assertValue(entry.getKey(), entry.getValue(), written.values().get(entry.getKey()));
      }
    }
    assertThat(written.values()).hasSize(golden.at("/metadata/GGUF.kv_count/value").asInt());
    assertThat(written.tensors()).hasSize(golden.get("tensors").size());
    for (JsonNode expected : golden.get("tensors")) {
      GgufFileReader.Entry tensor = written.tensors().get(expected.get("name").asText());
      assertThat(tensor).as(expected.toString()).isNotNull();
      assertThat(tensor.type()).isEqualTo(TYPES.get(expected.get("type").asText()));
      assertThat(tensor.ne().toString())
          .isEqualTo(expected.get("ne").toString().replace(",", ", "));
      assertThat(sha256(tensor.bytes())).isEqualTo(expected.get("sha256").asText());
    }
  }

  /** The keys that add_chat_template of gguf 0.19.0 wrote for the same list. */
  @Test
  void everyChatTemplateIsWrittenByItsName() throws Exception {
    ObjectNode options =
        Json.readObject(Goldens.golden("gguf/hf").resolve("tokenizer_config.json"));
    ArrayNode templates = options.putArray("chat_template");
    templates.addObject().put("name", "default").put("template", "D");
    templates.addObject().put("name", "tool_use").put("template", "T");
    templates.addObject().put("name", "rag-2").put("template", "R");
    assertThat(written("tokenizer_config.json", options))
        .containsEntry("tokenizer.chat_template", "D")
        .containsEntry("tokenizer.chat_template.tool_use", "T")
        .containsEntry("tokenizer.chat_template.rag_2", "R")
        .containsEntry("tokenizer.chat_templates", List.of("rag_2", "tool_use"));
  }

  /**
   * What two pieces become first is what tokenizer.json merges first, in whatever order the ids
   * are: Llama 2 lists two spaces first and merges them last.
   */
  @Test
  void scoresFallAsMergesCome() throws Exception {
    ObjectNode tokenizer = Json.readObject(Goldens.golden("gguf/hf").resolve("tokenizer.json"));
    List<JsonNode> merges = new ArrayList<>();
    tokenizer.at("/model/merges").forEach(merges::addFirst);
    ((ObjectNode) tokenizer.get("model")).putArray("merges").addAll(merges);
    List<?> scores = (List<?>) written("tokenizer.json", tokenizer).get("tokenizer.ggml.scores");
    Set<String> pieces = new LinkedHashSet<>(); // two merges can make the same one
    merges.forEach(merge -> pieces.add(merge.get(0).asText() + merge.get(1).asText()));
    float above = 1;
    for (String piece : pieces) {
      float score = (Float) scores.get(tokenizer.at("/model/vocab").get(piece).asInt());
      assertThat(score).as(piece).isLessThan(above);
      above = score;
    }
  }

  /** The keys of a file of the golden's folder in which one file is another. */
  private Map<String, Object> written(String changed, ObjectNode content) throws IOException {
    Path folder = Files.createDirectory(files.resolve("hf"));
    for (String name :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(Goldens.golden("gguf/hf").resolve(name), folder.resolve(name));
    }
    Json.write(folder.resolve(changed), content);
    Path file = files.resolve("model.gguf");
    GgufExport.write(folder, file, "changed", GgufType.F32);
    return new GgufFileReader(file).values();
  }

  private static void assertValue(String key, JsonNode golden, Object value) throws Exception {
    JsonNode expected = golden.get("value");
    if (!(value instanceof List<?> list)) {
      String text = value instanceof Float number ? String.valueOf((double) number) : value + "";
      assertThat(text).as(key).isEqualTo(expected.asText());
      return;
    }
    assertThat(list).as(key).hasSize(expected.get("length").asInt());
    assertThat(sha256(python(list).getBytes(StandardCharsets.UTF_8)))
        .as(key)
        .isEqualTo(expected.get("sha256").asText());
  }

  /** A list as Python's json.dumps writes it. */
  private static String python(List<?> list) throws Exception {
    StringBuilder text = new StringBuilder("[");
    for (Object element : list) {
      text.append(text.length() > 1 ? ", " : "");
      text.append(
          element instanceof String string
              ? Json.mapper().writeValueAsString(string)
              : element.toString());
    }
    return text.append(']').toString();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void llama3ScalingBecomesATensorOfDivisors() {
    for (JsonNode golden : Json.readObject(Goldens.golden("gguf/rope_freqs.json")).get("cases")) {
      Scaling scaling =
          new Scaling.Llama3(
              golden.get("factor").asDouble(),
              golden.get("low_freq_factor").asDouble(),
              golden.get("high_freq_factor").asDouble(),
              golden.get("original_max_position_embeddings").asInt());
      RopeConfig rope =
          new RopeConfig(
              golden.get("rope_theta").asDouble(),
              golden.get("head_dim").asInt(),
              false,
              false,
              scaling);
      JsonNode expected = golden.get("rope_freqs.weight");
      float[] divisors = RopeDivisors.of(rope);
      assertThat(divisors).hasSize(expected.size());
      for (int i = 0; i < divisors.length; i++) {
        assertThat(divisors[i] / expected.get(i).asDouble() - 1)
            .as(String.format(Locale.ROOT, "divisor %d of %s", i, golden))
            .isBetween(-1e-6, 1e-6);
      }
    }
  }
}
