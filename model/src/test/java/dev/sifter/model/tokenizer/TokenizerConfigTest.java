package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Expected: what {@code AutoTokenizer} of transformers 5.18 makes of the same folders. */
class TokenizerConfigTest {
  private static final String MODEL =
      """
      "model": {"type": "BPE", "unk_token": "<unk>", "merges": [], "vocab": {"<s>": 0, "</s>": 1,
       "<unk>": 2, "a": 3, "b": 4, "c": 5, " ": 6, "<": 7, "|": 8, "i": 9, "m": 10, "_": 11,
       "e": 12, "n": 13, "d": 14, ">": 15, "s": 16, "/": 17}}
      """;
  private static final String SPECIAL_ENDS =
      "{\"id\": 0, \"content\": \"<s>\", \"special\": true},"
          + "{\"id\": 1, \"content\": \"</s>\", \"special\": true}";

  @TempDir Path folder;

  @BeforeEach
  void defineWithSpecialEnds() throws IOException {
    define(SPECIAL_ENDS);
  }

  private void define(String addedTokens) throws IOException {
    write("tokenizer.json", "{\"added_tokens\": [" + addedTokens + "], " + MODEL + "}");
  }

  private void write(String name, String json) throws IOException {
    Files.writeString(folder.resolve(name), json);
  }

  private Tokenizer load(String config) throws IOException {
    write("tokenizer_config.json", config);
    return Tokenizer.load(folder);
  }

  @Test
  void theRolesOfTheOlderFileWinWhereNoAddedTokensAreListed() throws IOException {
    write("special_tokens_map.json", "{\"eos_token\": \"<|im_end|>\", \"unk_token\": null}");
    Tokenizer tokenizer = load("{\"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
    assertThat(tokenizer.specialTokensMap()).containsExactly(entry("eos_token", "<|im_end|>"));
    assertThat(tokenizer.eosId()).hasValue(18);
    tokenizer = load("{\"eos_token\": \"</s>\", \"added_tokens_decoder\": {}}");
    assertThat(tokenizer.specialTokensMap()).containsExactly(entry("eos_token", "</s>"));
    assertThat(tokenizer.id("<|im_end|>")).isEmpty();
  }

  /** With the tokens from 18 on, by their ids. */
  private static List<String> newTokens(Tokenizer tokenizer) {
    return java.util.stream.IntStream.range(18, tokenizer.vocabSize())
        .mapToObj(tokenizer::token)
        .toList();
  }

  @Test
  void tokensOfTheModelsOwnHaveNamesAndAreSpecial() throws IOException {
    Tokenizer tokenizer =
        load(
            """
            {"eos_token": "</s>", "image_token": "<img>", "add_bos_token": true,
             "extra_special_tokens": {"audio_token": "<aud>"},
             "additional_special_tokens": ["<add>"]}
            """);
    assertThat(tokenizer.specialTokensMap())
        .containsExactly(
            entry("eos_token", "</s>"),
            entry("image_token", "<img>"),
            entry("audio_token", "<aud>"));
    assertThat(newTokens(tokenizer)).containsExactly("<img>", "<aud>", "<add>");
    assertThat(tokenizer.isSpecial(19)).isTrue();
  }

  @Test
  void theOlderListOfTokensCountsWhereTheNewerIsEmpty() throws IOException {
    assertThat(
            newTokens(
                load(
                    """
                    {"extra_special_tokens": ["<ext>"], "additional_special_tokens": ["<add>"]}
                    """)))
        .containsExactly("<ext>");
    assertThat(
            newTokens(
                load(
                    """
                    {"extra_special_tokens": [], "additional_special_tokens": ["<add>"]}
                    """)))
        .containsExactly("<add>");
    write("special_tokens_map.json", "{\"additional_special_tokens\": [\"<old>\"]}");
    assertThat(newTokens(load("{\"additional_special_tokens\": [\"<add>\"]}")))
        .containsExactly("<add>");
    assertThat(newTokens(load("{}"))).containsExactly("<old>");
  }

  private static final String STRIPPING =
      """
      {"eos_token": "</s>", "added_tokens_decoder": {"1": {"content": "</s>", "lstrip": true,
       "rstrip": true, "normalized": false, "single_word": false, "special": false}}}
      """;

  @Test
  void theOptionsOfTheConfigurationWin() throws IOException {
    Tokenizer tokenizer = load(STRIPPING);
    assertThat(tokenizer.encode("a </s> b", false).ids()).containsExactly(3, 1, 4);
    // A token with a role is special all the same, one without is what the configuration says.
    assertThat(tokenizer.isSpecial(1)).isTrue();
    assertThat(load(STRIPPING.replace("eos_token", "other")).isSpecial(1)).isFalse();
  }

  @Test
  void aTokenWithARoleIsSpecial() throws IOException {
    define("{\"id\": 1, \"content\": \"</s>\", \"lstrip\": true, \"special\": false}");
    Tokenizer tokenizer = load("{\"eos_token\": \"</s>\"}");
    assertThat(tokenizer.isSpecial(1)).isTrue();
    assertThat(tokenizer.encode("a </s> b", false).ids()).containsExactly(3, 1, 6, 4);
    assertThat(load("{\"eos_token\": \"</s>\", \"added_tokens_decoder\": {}}").isSpecial(1))
        .isFalse();
  }

  @Test
  void theOlderFileOfAddedTokensYieldsToTheDefinition() throws IOException {
    define("{\"id\": 1, \"content\": \"</s>\", \"lstrip\": true, \"special\": true}");
    write("added_tokens.json", "{\"<|im_end|>\": 18, \"a\": 3, \"</s>\": 1}");
    Tokenizer tokenizer = load("{\"eos_token\": \"<|im_end|>\"}");
    assertThat(tokenizer.encode("a </s> b<|im_end|>c", false).ids())
        .containsExactly(3, 1, 6, 4, 18, 5);
    assertThat(tokenizer.isSpecial(1)).isTrue();
    assertThat(tokenizer.isSpecial(3)).isFalse();
    assertThat(tokenizer.isSpecial(18)).isTrue();
    assertThat(load("{\"added_tokens_decoder\": {}}").id("<|im_end|>")).isEmpty();
  }

  /** The older file would give the folder back its old end token. */
  @Test
  void aSavedTokenizerLeavesNoOlderFilesToContradictIt() throws IOException {
    write("special_tokens_map.json", "{\"eos_token\": \"</s>\", \"bos_token\": \"<s>\"}");
    write("added_tokens.json", "{\"<pad>\": 18}");
    Tokenizer tokenizer = load("{\"eos_token\": \"</s>\"}");
    tokenizer.withSpecialToken("eos_token", "<|im_end|>").save(folder);
    assertThat(folder.resolve("special_tokens_map.json")).doesNotExist();
    assertThat(folder.resolve("added_tokens.json")).doesNotExist();
    Tokenizer saved = Tokenizer.load(folder);
    assertThat(saved.specialTokensMap())
        .containsOnly(entry("bos_token", "<s>"), entry("eos_token", "<|im_end|>"));
    assertThat(newTokens(saved)).containsExactly("<pad>", "<|im_end|>");
  }

  @Test
  void theListOfAddedTokensStaysInStep() throws IOException {
    load(STRIPPING.replace("eos_token", "other"))
        .withAddedTokens(List.of("</s>", "<|im_end|>"))
        .save(folder);
    JsonNode decoder =
        new ObjectMapper()
            .readTree(folder.resolve("tokenizer_config.json").toFile())
            .get("added_tokens_decoder");
    assertThat(decoder.at("/1/special").booleanValue()).isTrue();
    assertThat(decoder.at("/18/content").textValue()).isEqualTo("<|im_end|>");
    assertThat(Tokenizer.load(folder).isSpecial(1)).isTrue();
  }

  @Test
  void splittingSpecialTokensIsRefused() {
    assertThatThrownBy(() -> load("{\"split_special_tokens\": true}"))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("tokenizer_config.json: split_special_tokens: true");
  }
}
