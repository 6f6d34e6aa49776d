package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Corners of the file format that random definitions found; what is expected, tokenizers 0.23.2
 * gave.
 */
class TokenizerCornersTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  /** A model of single characters: u (unknown), x, a, b, y, a space, Ġ, ß and two byte tokens. */
  private Tokenizer load(String component, String value, String added) throws IOException {
    ObjectNode definition =
        (ObjectNode)
            JSON.readTree(
                """
                {"model": {"type": "BPE", "unk_token": "u", "merges": [], "vocab":
                  {"u": 0, "x": 1, "a": 2, "b": 3, "y": 4, " ": 5, "Ġ": 6, "ß": 7,
                   "<0x17>": 8, "<0x87>": 9}}}
                """);
    definition.set("added_tokens", JSON.readTree(added.replace('\'', '"')));
    definition.set(component, JSON.readTree(value.replace('\'', '"')));
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(file, JSON.writeValueAsString(definition));
    return Tokenizer.load(file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "{'Regex': '(?=a)'}  ; baab ; 3 1 2 1 2 3       ; 0 0 1 1 2 3       ; 1 1 2 2 3 4",
        "{'Regex': '(?=a)'}  ; a    ; 1 2               ; 0 0               ; 0 1",
        "{'Regex': 'a*'}     ; baab ; 1 3 1 3 1         ; 0 0 2 3 3         ; 0 1 3 4 4",
        "{'Regex': 'a|'}     ; bab  ; 1 3 1 3 1         ; 0 0 1 2 2         ; 0 1 2 3 3",
        "{'Regex': '(?<=a)'} ; baab ; 3 2 1 2 1 3       ; 0 1 1 2 2 3       ; 1 2 2 3 3 4",
        "{'Regex': '$'}      ; a    ; 2 1               ; 0 0               ; 1 1",
        "{'String': ''}      ; bab  ; 1 3 1 2 1 3 1     ; 0 0 0 1 1 2 2     ; 0 1 1 2 2 3 3",
        "{'Regex': '[\\\\0a]'}  ; a    ; 1                 ; 0                 ; 1",
      })
  void replacesEmptyMatchesToo(String pattern, String text, String ids, String starts, String ends)
      throws IOException {
    String replace = "{'type': 'Replace', 'pattern': %s, 'content': 'x'}".formatted(pattern);
    assertThat(load("normalizer", replace, "[]").encode(text, false))
        .isEqualTo(new Encoding(numbers(ids), numbers(starts), numbers(ends)));
  }

  @ParameterizedTest
  @CsvSource({"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"})
  void theEmptyStringSplitsAtEveryCharacter(String behavior) throws IOException {
    String split = "{'type': 'Split', 'pattern': {'String': ''}, 'behavior': '%s'}";
    Tokenizer tokenizer = load("pre_tokenizer", split.formatted(behavior), "[]");
    assertThat(tokenizer.encode("bab", false).ids()).containsExactly(3, 2, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "{'type': 'Replace', 'pattern': {'String': ''}, 'content': '-'}             ; 2 3 ; -a--b-",
        "{'type': 'Replace', 'pattern': {'Regex': 'a|'}, 'content': '-'}            ; 2 3 ; --b-",
        "{'type': 'Sequence', 'decoders': [{'type': 'Fuse'}, {'type': 'ByteLevel'}]} ; 5 6 ; \""
            + " Ġ\"",
        "{'type': 'Sequence', 'decoders': [{'type': 'Fuse'}, {'type': 'ByteFallback'}]}"
            + " ; 8 9 ; <0x17><0x87>",
        "{'type': 'Sequence', 'decoders': [{'type': 'Sequence', 'decoders': [{'type': 'Fuse'}]},"
            + " {'type': 'BPEDecoder', 'suffix': 'b'}]} ; 2 3 2 ; aa",
      })
  void decodes(String decoder, String ids, String text) throws IOException {
    Tokenizer tokenizer = load("decoder", decoder, "[]");
    assertThat(tokenizer.decode(numbers(ids), false)).isEqualTo(text);
  }

  @Test
  void aTokenInWhiteSpaceThatAnotherTookAlongIsFoundAgain() throws IOException {
    String added =
        "[{'id': 5, 'content': ' ', 'normalized': false}, {'id': 10, 'content': '<s>', 'rstrip':"
            + " true, 'special': true}, {'id': 11, 'content': ' x', 'normalized': false}]";
    Tokenizer tokenizer = load("normalizer", "null", added);
    assertThat(tokenizer.encode("<s>   xa", false))
        .isEqualTo(
            new Encoding(
                new int[] {10, 5, 5, 11, 2}, new int[] {0, 3, 4, 5, 7}, new int[] {6, 4, 5, 7, 8}));
  }

  @Test
  void aTemplateAfterATemplateIsRefused() {
    String template =
        "{'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 'x', 'type_id': 0}},"
            + " {'Sequence': {'id': 'A', 'type_id': 0}}],"
            + " 'special_tokens': {'x': {'id': 'x', 'ids': [1], 'tokens': ['x']}}}";
    String twice = "{'type': 'Sequence', 'processors': [%s, %s]}".formatted(template, template);
    assertThatThrownBy(() -> load("post_processor", twice, "[]"))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("post_processor.processors[1]: TemplateProcessing after a Template");
  }

  @Test
  void anAddedIdWithoutATokenIsLeftAsItIs() throws IOException {
    String frame =
        "{'type': 'Sequence', 'processors': [{'type': 'BertProcessing', 'cls': ['q', 30],"
            + " 'sep': ['q', 31]}, {'type': 'ByteLevel', 'trim_offsets': true}]}";
    assertThat(load("post_processor", frame, "[]").encode("a", true).ids())
        .containsExactly(30, 2, 31);
  }

  private static int[] numbers(String list) {
    return Arrays.stream(list.strip().split(" +")).mapToInt(Integer::parseInt).toArray();
  }

  @Test
  void everyCodePointHasItsPlaceAmongTheChars() {
    String text = "a\ud83d\ude00\u00e9\ud800";
    int[] offsets = Encoding.charOffsets(text);
    assertThat(offsets).containsExactly(0, 1, 3, 4, 5);
    for (int i = 0; i < offsets.length; i++) {
      assertThat(offsets[i]).isEqualTo(text.offsetByCodePoints(0, i));
    }
    assertThat(Encoding.charOffsets("")).containsExactly(0);
  }
}
