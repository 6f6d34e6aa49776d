package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static Tokenizer trained() {
    List<String> corpus = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      corpus.add("the quick brown fox jumps over the lazy dog, then the end " + i);
    }
    return new BpeTrainer(400, 2, List.of("<|endoftext|>", "<|im_start|>")).train(corpus);
  }

  @Test
  void decodingAnEncodingGivesTheTextBack() {
    Tokenizer tokenizer = trained();
    RandomText random = new RandomText(1);
    for (int i = 0; i < 2_000; i++) {
      String text = random.next();
      assertThat(tokenizer.decode(tokenizer.encode(text, true).ids(), false)).isEqualTo(text);
    }
  }

  @Test
  void offsetsOfAByteLevelEncodingCoverTheTextInOrder() {
    Tokenizer tokenizer = trained();
    RandomText random = new RandomText(2);
    for (int i = 0; i < 2_000; i++) {
      String text = random.next();
      Encoding encoding = tokenizer.encode(text, false);
      int covered = 0;
      for (int t = 0; t < encoding.length(); t++) {
        assertThat(encoding.starts()[t]).isBetween(0, covered);
        assertThat(encoding.ends()[t]).isGreaterThanOrEqualTo(covered);
        covered = encoding.ends()[t];
      }
      assertThat(covered).isEqualTo(text.codePointCount(0, text.length()));
    }
  }

  @Test
  void unpairedSurrogatesCountAsReplacementCharacters() {
    Tokenizer tokenizer = trained();
    assertThat(tokenizer.encode("a\uD800b\uDC00", false))
        .isEqualTo(tokenizer.encode("a\uFFFDb\uFFFD", false));
    assertThat(tokenizer.encode("\uDC00\uD83D\uDE42\uD83D", false))
        .isEqualTo(tokenizer.encode("\uFFFD\uD83D\uDE42\uFFFD", false));
  }

  @Test
  void streamingNeverGivesHalfACharacter() {
    Tokenizer tokenizer = trained();
    StreamingDecoder stream = tokenizer.streamingDecoder();
    int[] ids = tokenizer.encode("🙂é", false).ids();
    List<String> parts = new ArrayList<>();
    for (int id : ids) {
      parts.add(stream.accept(id));
    }
    // Four bytes, then two: each character comes with its last byte.
    assertThat(parts).containsExactly("", "", "", "🙂", "", "é");
    assertThat(stream.finish()).isEmpty();
    StreamingDecoder cut = tokenizer.streamingDecoder();
    assertThat(cut.accept(ids[0]) + cut.accept(ids[1])).isEmpty();
    assertThat(cut.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void aSavedTokenizerLoadsTheSame() {
    Tokenizer tokenizer =
        trained()
            .withAddedTokens(List.of("<|im_end|>", "<|im_start|>"))
            .withSpecialToken("eos_token", "<|im_end|>")
            .withSpecialToken("pad_token", "<|endoftext|>");
    tokenizer.save(folder);
    Tokenizer loaded = Tokenizer.load(folder);
    RandomText random = new RandomText(3);
    for (int i = 0; i < 500; i++) {
      String text = random.next();
      assertThat(loaded.encode(text, true)).isEqualTo(tokenizer.encode(text, true));
    }
    assertThat(loaded.vocabSize()).isEqualTo(tokenizer.vocabSize());
    assertThat(loaded.specialTokens()).isEqualTo(tokenizer.specialTokens());
    assertThat(loaded.eosId()).isEqualTo(loaded.id("<|im_end|>"));
    assertThat(loaded.padId()).hasValue(0);
    assertThat(loaded.bosId()).isEmpty();
  }

  @Test
  void aTokenizerThatCannotBeSavedLeavesNothingBeside() throws IOException {
    Files.createDirectories(folder.resolve("tokenizer.json/taken"));
    assertThatThrownBy(() -> trained().save(folder))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot write " + folder.resolve("tokenizer.json") + ": it is a folder");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("tokenizer.json"));
    }
  }

  @Test
  void addedTokensGetTheNextIdsAndAreNeverSplit() {
    Tokenizer base = trained();
    Tokenizer tokenizer = base.withAddedTokens(List.of("<|im_end|>", "the", "<|im_start|>"));
    assertThat(tokenizer.id("<|im_end|>")).hasValue(base.vocabSize());
    assertThat(tokenizer.id("<|im_start|>")).isEqualTo(base.id("<|im_start|>"));
    assertThat(tokenizer.vocabSize())
        .isEqualTo(base.vocabSize() + (base.id("the").isPresent() ? 1 : 2));
    int id = tokenizer.id("<|im_end|>").getAsInt();
    assertThat(tokenizer.isSpecial(id)).isTrue();
    assertThat(tokenizer.encode("x<|im_end|>", false).ids()).hasSize(2).endsWith(id);
    assertThat(tokenizer.decode(new int[] {id}, true)).isEmpty();
    assertThat(tokenizer.decode(new int[] {id}, false)).isEqualTo("<|im_end|>");
    assertThat(base.encode("<|im_end|>", false).ids()).hasSizeGreaterThan(1);
  }

  /** As with Phi-3, whose marker of a turn's end takes the line's end along. */
  @Test
  void anotherRoleLeavesASpecialTokenAsItIs() throws IOException {
    trained().withAddedTokens(List.of("<|end|>")).save(folder);
    Path file = folder.resolve("tokenizer.json");
    ObjectNode definition = (ObjectNode) JSON.readTree(file.toFile());
    for (var token : definition.path("added_tokens")) {
      ((ObjectNode) token).put("rstrip", token.path("content").asText().equals("<|end|>"));
    }
    JSON.writeValue(file.toFile(), definition);
    Tokenizer before = Tokenizer.load(folder);
    Tokenizer after = before.withSpecialToken("eos_token", "<|end|>");
    assertThat(after.eosId()).isEqualTo(before.id("<|end|>"));
    assertThat(before.decode(before.encode("the<|end|>\nend", false).ids(), false))
        .isEqualTo("the<|end|>end");
    assertThat(after.encode("the<|end|>\nend", false))
        .isEqualTo(before.encode("the<|end|>\nend", false));
  }

  @Test
  void rolesAreReadInBothFormsAndUnknownOnesAreAdded() throws IOException {
    Tokenizer base = trained();
    base.save(folder);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"bos_token": "<|endoftext|>", "pad_token": null,
         "eos_token": {"content": "<|end|>", "lstrip": false, "special": true},
         "added_tokens_decoder": {"400": {"content": "<|first|>", "special": true}},
         "extra_special_tokens": ["<|extra|>"]}
        """);
    Tokenizer tokenizer = Tokenizer.load(folder);
    int next = base.vocabSize();
    assertThat(tokenizer.id("<|first|>")).hasValue(next);
    assertThat(tokenizer.eosId()).hasValue(next + 1);
    assertThat(tokenizer.id("<|extra|>")).hasValue(next + 2);
    assertThat(tokenizer.bosId()).hasValue(0);
    assertThat(tokenizer.padId()).isEmpty();
  }

  @Test
  void anIdWithoutTokenIsRefused() {
    assertThatThrownBy(() -> trained().decode(new int[] {5, 99_999}, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("99999");
  }

  @Test
  void unsupportedComponentsAreNamedWithWhatIsSupported() throws IOException {
    ObjectNode definition = definition();
    definition
        .putObject("pre_tokenizer")
        .put("type", "Sequence")
        .putArray("pretokenizers")
        .addObject()
        .put("type", "UnicodeScripts");
    assertRefused(definition, "pre_tokenizer.pretokenizers[0].type", "UnicodeScripts", "Metaspace");
    definition = definition();
    definition.putObject("decoder").put("type", "CTC");
    assertRefused(definition, "decoder.type", "CTC", "ByteFallback");
    definition = definition();
    ((ObjectNode) definition.get("model")).put("dropout", 0.1);
    assertRefused(definition, "model.dropout", "0.1");
  }

  @Test
  void contradictionsAreRefusedWithTheirKeyPath() throws IOException {
    ObjectNode definition = definition();
    ((ObjectNode) definition.at("/model/vocab")).put("zzz", 5);
    assertRefused(definition, "model.vocab[\"zzz\"]", "id 5");
    definition = definition();
    ((ObjectNode) definition.at("/model/vocab")).put("zzz", 4_000_000_000L);
    assertRefused(definition, "model.vocab[\"zzz\"]", "4000000000");
    definition = definition();
    definition.withArray("/model/merges").addArray().add("q").add("qqq");
    assertRefused(definition, "model.merges[", "\"qqq\"");
    definition = definition();
    ((ObjectNode) definition.at("/added_tokens/1")).put("id", 77);
    assertRefused(definition, "added_tokens[1].id", "77");
    definition = definition();
    definition.putObject("normalizer").put("type", "Replace").putObject("pattern");
    assertRefused(definition, "normalizer.pattern", "Regex");
    definition = definition();
    ObjectNode replace = definition.putObject("normalizer").put("type", "Replace");
    replace.put("content", "").putObject("pattern").put("Regex", "(a");
    assertRefused(definition, "normalizer.pattern", "(a");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": ");
    assertThatThrownBy(() -> Tokenizer.load(folder)).isInstanceOf(TokenizerException.class);
  }

  @Test
  void truncatedAndOverlongBinaryFilesAreRefused() throws IOException {
    Path file = folder.resolve("tokenizer.model");
    byte[][] broken = {
      {0x0A, 0x7F, 0x01}, {0x0A, -1, -1, -1, -1, 0x0F}, {0x0A, 0x02, 0x0D, 0x00}, {0x0A, 0x00, 0x07}
    };
    for (byte[] bytes : broken) {
      Files.write(file, bytes);
      assertThatThrownBy(() -> Tokenizer.load(file))
          .as(Arrays.toString(bytes))
          .isInstanceOf(TokenizerException.class);
    }
    Files.writeString(file, "IQ== 0\nnot base64\n", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Tokenizer.load(file)).hasMessageContaining("line 2");
  }

  @Test
  void aMegabyteOfOneLetterTakesNoQuadraticTime() {
    Tokenizer tokenizer = trained();
    // Merging by scanning a megabyte after each merge would take hours.
    for (String unit : List.of("e", " ", "\n", "🙂", "\u0301")) {
      String text = unit.repeat(1_000_000 / unit.length());
      int[] ids =
          Assertions.assertTimeoutPreemptively(
              Duration.ofSeconds(60), () -> tokenizer.encode(text, true).ids());
      assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
    }
  }

  @Test
  void aMegabyteOfMarksNormalisesInTime() throws IOException {
    ObjectNode definition = definition();
    definition.putObject("normalizer").put("type", "NFC");
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), definition);
    Tokenizer tokenizer = Tokenizer.load(folder);
    String marks = "\u0301\u0327".repeat(300_000);
    int[] ids =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60), () -> tokenizer.encode(marks, true).ids());
    assertThat(tokenizer.decode(ids, false)).hasSize(marks.length());
  }

  private ObjectNode definition() throws IOException {
    Path saved = folder.resolve("definition");
    trained().save(saved);
    return (ObjectNode) JSON.readTree(saved.resolve("tokenizer.json").toFile());
  }

  private void assertRefused(ObjectNode definition, String... words) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    JSON.writeValue(file.toFile(), definition);
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContainingAll(words);
  }
}
