package dev.sifter.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.MatchResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where Oniguruma's Ruby syntax differs from Java's, what counts is the former (doc/RE). */
class OnigurumaRegexTest {
  private static List<String> matches(String regex, String text) {
    return OnigurumaRegex.compile(regex, "test")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @Test
  void classesAreThoseOfUnicode() {
    assertThat(matches("\\s", "a \u00A0\u3000\u0085\u200B")).hasSize(4);
    assertThat(matches("\\d", "1٢a")).containsExactly("1", "٢");
    assertThat(matches("\\w+", "naïve é²½_ —")).containsExactly("naïve", "é²½_");
    assertThat(matches("[^\\s\\w]", "a —b!")).containsExactly("—", "!");
    assertThat(matches("\\h+", "xyz 0aFg")).containsExactly("0aF");
    assertThat(matches("\\p{^L}+|\\p{Alpha}", "a1!")).containsExactly("a", "1!");
    assertThat(matches("[[:alpha:]&&[^aeiou]]", "abé")).containsExactly("b", "é");
    assertThat(matches("\\p{Han}+", "a中文")).containsExactly("中文");
  }

  @Test
  void casesFoldBeyondAscii() {
    assertThat(matches("(?i:'s|É)", "'S 'ſ é")).containsExactly("'S", "'ſ", "é");
    assertThat(matches("(?i:a)b", "Ab AB")).containsExactly("Ab");
    assertThat(matches("(?i)i[a-z]", "IK iı ıa")).containsExactly("IK");
    assertThat(matches("((?i)a)b|(?i:c(?-i)d)e", "Ab AB Cde CDe")).containsExactly("Ab", "Cde");
    assertThat(matches("(?i)(?<name>[b-])\\x41\\u0041", "bAa -aA")).containsExactly("bAa", "-aA");
    assertThat(matches("(?im-i:.)a", "\na \nA")).containsExactly("\na");
  }

  @Test
  void looksBehindByWholeCharacters() {
    assertThat(matches("(?<=\\p{L})b|(?<=1|\\p{So})c", "𝔸b !b 🙂c 1c !c"))
        .containsExactly("b", "c", "c");
    assertThat(matches("(?<=[^\\p{L}])b", "𝔸b !b 🙂b")).containsExactly("b", "b");
    assertThat(matches("(?<!\\p{L})b", "𝔸b !b 🙂b")).containsExactly("b", "b");
    assertThat(matches("(?<=\\p{L}{2}!)b|(?<!(?:a|b))c", "𝔸𝔸!b a!b bc ac 𝔸c"))
        .containsExactly("b", "c");
    assertThat(matches("\\bb|\\Bc", "𝔸b 𝔸c 🙂b 🙂c")).containsExactly("c", "b");
  }

  @Test
  void onlyTheNewlineEndsALine() {
    assertThat(matches("a.", "a\r a\n a\u2028")).containsExactly("a\r", "a\u2028");
    assertThat(matches("(?m:a.)", "a\n")).containsExactly("a\n");
    assertThat(matches("^b$", "a\nb\nc")).containsExactly("b");
    assertThat(matches("^b", "a\rb")).isEmpty();
  }

  @Test
  void anIntervalWithPlusRepeats() {
    assertThat(matches("\\p{N}{1,2}+", "12345")).containsExactly("12345");
    assertThat(matches("a{,2}b", "aaab")).containsExactly("aab");
    assertThat(matches("a{x", "a{x")).containsExactly("a{x");
    assertThat(matches("a++b|.", "aab")).containsExactly("aab");
  }

  @Test
  void charactersThatJavaReadsAsSyntaxAreLiteralInABracket() {
    String ascii = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]";
    assertThat(matches(ascii + "+", "a[b]&&^#")).containsExactly("[", "]&&^#");
    assertThat(matches("[]a]+", "]a")).containsExactly("]a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a",
        "[a",
        "\\p{NoSuch}",
        "(?x) a",
        "\\y",
        "a\\",
        "(a){1,2}+",
        "(?<",
        "(?i)(a)\\1"
      })
  void whatHasNoTranslationIsRefused(String regex) {
    assertThatThrownBy(() -> OnigurumaRegex.compile(regex, "pre_tokenizer.pattern"))
        .isInstanceOf(TokenizerException.class)
        .hasMessageStartingWith("pre_tokenizer.pattern: ");
  }
}
