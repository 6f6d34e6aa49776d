package dev.sifter.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pre-tokenizers as they are published, and the names that llama.cpp's converter gives them. */
class GgufPreTokenizerTest {
  private static final String BYTES =
      """
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": %s}\
      """;

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
  private static final String REST =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String LLAMA3 =
      CONTRACTIONS + "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + REST;
  private static final String QWEN2 = CONTRACTIONS + "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + REST;

  private static GgufPreTokenizer of(String normalizer, String preTokenizer, boolean ignoresMerges)
      throws Exception {
    ObjectNode tokenizer = Json.mapper().createObjectNode();
    tokenizer.set("normalizer", Json.mapper().readTree(normalizer));
    tokenizer.set("pre_tokenizer", Json.mapper().readTree(preTokenizer));
    tokenizer.putObject("model").put("ignore_merges", ignoresMerges);
    return new GgufPreTokenizer(Path.of("tokenizer.json"), tokenizer);
  }

  private static String sequence(String... steps) {
    return "{\"type\": \"Sequence\", \"pretokenizers\": [%s]}".formatted(String.join(",", steps));
  }

  private static String split(String regex) {
    ObjectNode split = Json.mapper().createObjectNode().put("type", "Split");
    split.putObject("pattern").put("Regex", regex);
    return split.put("behavior", "Isolated").put("invert", false).toString();
  }

  private static String split(String regex, String behavior) {
    return split(regex).replace("Isolated", behavior);
  }

  @Test
  void publishedOnesHaveNames() throws Exception {
    String words = BYTES.formatted("true");
    String bytes = BYTES.formatted("false");
    assertThat(of("null", words, false).name()).isEqualTo("gpt-2");
    assertThat(of("null", sequence(split(GPT2), bytes), false).name()).isEqualTo("gpt-2");
    String digits = "{\"type\": \"Digits\", \"individual_digits\": true}";
    assertThat(of("null", sequence(digits, words), false).name()).isEqualTo("smollm");
    String llama3 = sequence(split(LLAMA3), bytes);
    assertThat(of("null", llama3, true).name()).isEqualTo("llama-bpe");
    assertThat(of("null", llama3, false).name()).isEqualTo("smaug-bpe");
    String qwen2 = sequence(split(QWEN2), bytes);
    assertThat(of("{\"type\": \"NFC\"}", qwen2, false).name()).isEqualTo("qwen2");
    String none = "{\"type\": \"Sequence\", \"normalizers\": []}";
    assertThat(of(none, qwen2, false).name()).isEqualTo("qwen2");
    String composed = "{\"type\": \"NFC\"}";
    assertThat(of(composed, words, false).name()).isEqualTo("olmo");
    assertThat(of(composed, sequence(digits, words), false).name()).isEqualTo("command-r");
  }

  @Test
  void othersAreRefused() {
    String words = BYTES.formatted("true");
    String bytes = BYTES.formatted("false");
    assertNoName("null", sequence(split("[a-z]|\\s"), bytes), "[a-z]");
    // DeepSeek-V3 cuts numbers first, and has more steps after that.
    assertNoName("null", sequence(split("\\p{N}{1,3}"), split("[一-龥]+"), bytes), "\\\\p{N}{1,3}");
    // cl100k_base as tiktoken has it: one line break at a time.
    assertNoName("null", sequence(split(LLAMA3.replace("]+|\\s+(", "]|\\s+(")), bytes), "Split");
    assertNoName("null", sequence(split(LLAMA3, "Removed"), bytes), "Removed");
    assertNoName("null", sequence(split(QWEN2), words), "use_regex");
    assertNoName(
        "null",
        words.replace("\"add_prefix_space\": false", "\"add_prefix_space\": true"),
        "\"add_prefix_space\":true");
    assertNoName("null", sequence(bytes, split(QWEN2)), "Split");
    assertNoName("null", split(QWEN2, "MergedWithNext"), "MergedWithNext");
    assertNoName("null", "{\"type\": \"Whitespace\"}", "Whitespace");
    assertNoName("{\"type\": \"Lowercase\"}", words, "normalizer: {\"type\":\"Lowercase\"}");
    assertNoName("{\"type\": \"NFKC\"}", words, "normalizer: {\"type\":\"NFKC\"}");
    String llama3 = sequence(split(LLAMA3), bytes);
    assertNoName("{\"type\": \"NFC\"}", llama3, "normalizer: {\"type\":\"NFC\"}");
  }

  private static void assertNoName(String normalizer, String preTokenizer, String named) {
    assertThatThrownBy(() -> of(normalizer, preTokenizer, false).name())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(named)
        .hasMessageContaining("export to hf instead");
  }

  @Test
  void piecesBeginWithASpaceOrNot() throws Exception {
    String prepend = "{\"type\": \"Prepend\", \"prepend\": \"▁\"}";
    String replace =
        "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"▁\"}";
    String llama2 = "{\"type\": \"Sequence\", \"normalizers\": [%s, %s]}";
    assertThat(of(llama2.formatted(prepend, replace), "null", false).addsSpace()).isTrue();
    assertThat(of(replace, "null", false).addsSpace()).isFalse();
    String gemma =
        """
        {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"}\
        """;
    assertThat(of(replace, gemma, false).addsSpace()).isFalse();
    assertRefused("null", gemma, "normalizer");
    String metaspace =
        """
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "%s", "split": %s}\
        """;
    assertThat(of("null", metaspace.formatted("first", false), false).addsSpace()).isTrue();
    assertThat(of("null", metaspace.formatted("never", false), false).addsSpace()).isFalse();

    String lowercase = "{\"type\": \"Lowercase\"}";
    assertRefused(llama2.formatted(lowercase, replace), "null", "normalizer");
    assertRefused(replace, metaspace.formatted("first", false), "pre_tokenizer");
    assertRefused("null", metaspace.formatted("first", true), "\"split\":true");
    assertRefused("null", "null", "normalizer");
  }

  private static void assertRefused(String normalizer, String preTokenizer, String named) {
    assertThatThrownBy(() -> of(normalizer, preTokenizer, false).addsSpace())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(named);
  }
}
