package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cuts at matches that may be empty; the pieces are those of tokenizers 0.23.2, isolated. */
class TextPatternTest {
  @ParameterizedTest
  @CsvSource({"x*, a𫤽xxb, a|𫤽|xx|b", "\\b|., a𫤽𫤽-b, a|𫤽|𫤽|-|b"})
  void anEmptyMatchCutsNoCodePoint(String regex, String text, String pieces) {
    char[] chars = text.toCharArray();
    List<String> found = new ArrayList<>();
    TextPattern.regex(OnigurumaRegex.compile(regex, "test"))
        .find(
            AlignedText.original(chars, 0, chars.length),
            0,
            chars.length,
            (from, to, match) -> found.add(text.substring(from, to)));
    found.removeIf(String::isEmpty);
    assertThat(found).containsExactly(pieces.split("\\|"));
  }
}
