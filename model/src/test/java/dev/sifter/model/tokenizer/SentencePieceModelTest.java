package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model written here, field by field; what is expected, sentencepiece 0.2.2 gave for it. */
class SentencePieceModelTest {
  private static final String[] PIECES = {
    "<unk>", "<s>", "</s>", "\u2581", "a", "b", "\t", "\u2581a", "\u2581\u2581"
  };

  @TempDir private Path folder;

  /** A BPE model of {@link #PIECES}, the later the better. */
  private Tokenizer load(boolean prefix, boolean removeExtra, boolean suffix, boolean escape)
      throws IOException {
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    for (int id = 0; id < PIECES.length; id++) {
      byte[] text = PIECES[id].getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream piece = new ByteArrayOutputStream();
      field(piece, 1, text);
      piece.write(2 << 3 | 5);
      int score = Integer.reverseBytes(Float.floatToIntBits(id - 20));
      piece.writeBytes(ByteBuffer.allocate(4).putInt(score).array());
      piece.write(3 << 3);
      piece.write(id == 0 ? 2 : id < 3 ? 3 : 1);
      field(model, 1, piece.toByteArray());
    }
    byte tail = (byte) (suffix ? 1 : 0);
    // Field 24 needs a key of two bytes.
    field(model, 2, new byte[] {3 << 3, 2, (byte) 0xC0, 1, tail});
    byte[] spec = {3 << 3, flag(prefix), 4 << 3, flag(removeExtra), 5 << 3, flag(escape)};
    field(model, 3, spec);
    Path file = folder.resolve(TokenizerFiles.SENTENCE_PIECE);
    Files.write(file, model.toByteArray());
    return Tokenizer.load(file);
  }

  private static byte flag(boolean set) {
    return (byte) (set ? 1 : 0);
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] value) {
    out.write(number << 3 | 2);
    out.write(value.length);
    out.writeBytes(value);
  }

  @ParameterizedTest
  @CsvSource({
    "true,  true,  'a\t',        7 6",
    "true,  true,  '  a  b \t ', 7 3 5 3 6",
    "true,  true,  'a \u2581',   7",
    "true,  true,  '\ta ',       3 6 4",
    "true,  true,  '   ',        ''",
    "false, true,  ' a  a ',     4 7",
    "true,  false, '  a ',       8 7 3",
    "false, false, ' a\t ',      7 6 3",
  })
  void keepsAllWhiteSpaceButSpaces(boolean prefix, boolean removeExtra, String text, String ids)
      throws IOException {
    int[] found = load(prefix, removeExtra, false, true).encode(text, false).ids();
    assertThat(spaced(found)).isEqualTo(ids);
  }

  @Test
  void refusesAPieceWithoutText() throws IOException {
    Path file = folder.resolve(TokenizerFiles.SENTENCE_PIECE);
    Files.write(file, new byte[] {0x0A, 3, 0x0A, 1, 'a', 0x0A, 0, 0x12, 2, 3 << 3, 2});
    assertThatThrownBy(() -> Tokenizer.load(file))
        .isInstanceOf(TokenizerException.class)
        .hasMessage(file + ": not a SentencePiece model: piece 1 is empty");
  }

  private static String spaced(int[] ids) {
    return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  /** What is expected, transformers 5.18.0 gave. */
  @ParameterizedTest
  @CsvSource({
    "false, true,  a</s>a,        7 2 4,       a</s>a",
    "false, true,  'b a ',        3 5 7 3,     'b a '",
    "true,  true,  a</s>a,        7 2 7,       a</s> a",
    "false, false, a</s>a,        4 2 4,       a</s>a",
    "false, false, 'b a ',        5 7 3,       'b a '",
    "false, false, ' b',          3 5,         ' b'",
  })
  void inAFolderOfLlamaTokenizerSpacesAreThoseOfItsConfiguration(
      boolean legacy, boolean prefix, String text, String ids, String decoded) throws IOException {
    load(true, true, false, true);
    Files.writeString(
        folder.resolve(TokenizerConfig.FILE),
        """
        {"tokenizer_class": "LlamaTokenizer", "add_bos_token": false, "legacy": %b,
         "add_prefix_space": %b}
        """
            .formatted(legacy, prefix));
    Tokenizer tokenizer = Tokenizer.load(folder);
    int[] found = tokenizer.encode(text, true).ids();
    assertThat(spaced(found)).isEqualTo(ids);
    assertThat(tokenizer.decode(found, false)).isEqualTo(decoded);
  }

  /** What is expected, transformers 5.18.0 gave. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'add_bos_token': true, 'add_eos_token': true}; 1 7 2; <s> </s>",
        "{'add_bos_token': true}; 1 7; <s> </s>",
        "{'add_bos_token': false, 'add_eos_token': true}; 7 2; <s> </s>",
        "{'add_bos_token': true, 'add_eos_token': true, 'bos_token': 'b', 'eos_token': '<unk>'};"
            + "5 7 0; b <unk>",
        "{'add_bos_token': true, 'add_eos_token': true, 'eos_token': '<|end|>'}; 1 7 9; <s>"
            + " <|end|>",
        "{'add_eos_token': true, 'add_bos_token': true, 'bos_token': null}; 7 2; none </s>"
      })
  void textsBeginAndEndAsTheConfigurationSays(String config, String ids, String roles)
      throws IOException {
    load(true, true, false, true);
    Files.writeString(
        folder.resolve(TokenizerConfig.FILE),
        config.replace('\'', '"').replace("{", "{\"tokenizer_class\": \"LlamaTokenizer\", "));
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(spaced(tokenizer.encode("a", true).ids())).isEqualTo(ids);
    Map<String, String> named = tokenizer.specialTokensMap();
    assertThat(named.getOrDefault("bos_token", "none") + " " + named.get("eos_token"))
        .isEqualTo(roles);
    assertThat(named).containsEntry("unk_token", "<unk>").doesNotContainKey("pad_token");
  }

  @Test
  void decodesWithoutTheSpaceThatATextCannotBeginWith() throws IOException {
    assertThat(load(false, true, false, true).decode(new int[] {7, 7}, true)).isEqualTo("a a");
    assertThat(load(false, false, false, true).decode(new int[] {7, 7}, true)).isEqualTo(" a a");
  }

  @Test
  void otherSpellingsOfSpacesAreRefused() {
    assertThatThrownBy(() -> load(true, true, true, true))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("trainer_spec.treat_whitespace_as_suffix: true is not supported");
    assertThatThrownBy(() -> load(true, true, false, false))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("normalizer_spec.escape_whitespaces: false is not supported");
  }
}
