package dev.sifter.train.eval.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.eval.task.SampleMetrics;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Python's regular expressions and literals. */
class PythonTextTest {
  @Test
  void findsAllWithGroupsAsPythonDoes() {
    assertThat(PythonRegex.compile("(-?[$0-9.,]{2,})|(-?[0-9]+)").findAll("a 12 b 3 -4.5"))
        .containsExactly(List.of("12", ""), List.of("", "3"), List.of("-4.5", ""));
    assertThat(PythonRegex.compile("a+").findAll("caat a"))
        .containsExactly(List.of("aa"), List.of("a"));
    assertThat(PythonRegex.compile("(?P<x>b)(?P=x)").findAll("abbb")).containsExactly(List.of("b"));
    assertThat(PythonRegex.compile("(?P<an_x>b)_(?P=an_x)").findAll("ab_b_a"))
        .containsExactly(List.of("b"));
    assertThatThrownBy(() -> PythonRegex.compile("a(?P<b")).hasMessageContaining("'a(?P<b'");
    assertThatThrownBy(() -> PythonRegex.compile("a(?P<")).hasMessageContaining("'a(?P<'");
  }

  @Test
  void translatesSetsAndAnchors() {
    assertThat(PythonRegex.compile("[[&]+").findAll("a[&&[b")).containsExactly(List.of("[&&["));
    assertThat(PythonRegex.compile("[]a]+").findAll("x]a]")).containsExactly(List.of("]a]"));
    assertThat(PythonRegex.compile("[^]]").findAll("]x")).containsExactly(List.of("x"));
    assertThat(PythonRegex.compile("end\\Z").findAll("end")).hasSize(1);
    assertThat(PythonRegex.compile("\\d").findAll("٣")).hasSize(1);
    assertThat(PythonRegex.compile("(?s).*#### ").remove("one\ntwo #### 7")).isEqualTo("7");
    assertThatThrownBy(() -> PythonRegex.compile("(a")).hasMessageContaining("'(a'");
  }

  @Test
  void readsLiterals() {
    assertThat(PythonLiteral.parse("['a', \"b'c\", 'd\\'e\\n\\u00e9']"))
        .isEqualTo(List.of("a", "b'c", "d'e\né"));
    assertThat(PythonLiteral.parse(" (1, -2.5, True, None, [3,],) "))
        .isEqualTo(Arrays.asList(1L, -2.5, true, null, List.of(3L)));
    assertThat(PythonLiteral.parse("[]")).isEqualTo(List.of());
    for (String wrong : List.of("[1", "['a]", "[1] 2", "open('x')", "", "[" + "[".repeat(99))) {
      assertThatThrownBy(() -> PythonLiteral.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no Python literal");
    }
  }

  /** Python: len(re.split(r"\s+", text)). */
  @Test
  void countsWordsAsPythonsSplitDoes() {
    assertThat(SampleMetrics.words("one two\n\n three")).isEqualTo(3);
    assertThat(SampleMetrics.words(" one ")).isEqualTo(3);
    assertThat(SampleMetrics.words("")).isEqualTo(1);
  }
}
