package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.value;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CasingTest {
  private static final List<String> QUESTIONS =
      List.of(
          "title",
          "lower",
          "upper",
          "alpha",
          "digit",
          "decimal",
          "numeric",
          "alnum",
          "ascii",
          "identifier",
          "space",
          "printable");

  /** Of which questions {@code str.is...()} of Python 3.11 is true. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "Ab Cd|title ascii printable",
        "ab|lower alpha alnum ascii identifier printable",
        "AB|upper alpha alnum ascii identifier printable",
        "aB|alpha alnum ascii identifier printable",
        "1|digit decimal numeric alnum ascii printable",
        "²|digit numeric alnum printable",
        "½|numeric alnum printable",
        "一|alpha numeric alnum identifier printable",
        "٣|digit decimal numeric alnum printable",
        "①|digit numeric alnum printable",
        "⑴|digit numeric alnum printable",
        "➊|digit numeric alnum printable",
        "⓪|digit numeric alnum printable",
        "\ud83c\udd00|digit numeric alnum printable",
        "\ud802\ude40|digit numeric alnum printable",
        "፩|digit numeric alnum printable",
        "百|alpha numeric alnum identifier printable",
        "㐅|alpha numeric alnum identifier printable",
        "六|alpha numeric alnum identifier printable",
        "参|alpha numeric alnum identifier printable",
        "a1|lower alnum ascii identifier printable",
        "a_b|lower ascii identifier printable",
        "1a|lower alnum ascii printable",
        "é|lower alpha alnum identifier printable",
        "ǅ|title alpha alnum identifier printable",
        "Aǅ|alpha alnum identifier printable",
        "' '|ascii space printable",
        "''|ascii printable",
        "A b|ascii printable",
        "'''S'|title upper ascii printable",
        "ªb|lower alpha alnum identifier printable",
        "x\u200by|lower",
        "Ⅷ|title upper numeric alnum identifier printable",
        "_|ascii identifier printable",
        "a-b|lower ascii printable",
        "A1B|title upper alnum ascii identifier printable",
        "Aa1Bb|title alnum ascii identifier printable",
        "Aa1bb|alnum ascii identifier printable",
        "aA B|ascii printable",
        "〇|numeric alnum identifier printable",
        "\ud840\udc01|alpha numeric alnum identifier printable",
        "\u007f|ascii",
        "\u0080|''",
        "\ud87e\udc90x|lower alpha alnum identifier printable"
      })
  void questionsAreAnsweredAsPythonAnswersThem(String text, String answers) {
    List<String> yes =
        QUESTIONS.stream().filter(q -> value("x.is" + q + "()", "x", text).equals("True")).toList();
    assertThat(String.join(" ", yes)).isEqualTo(answers);
  }
}
