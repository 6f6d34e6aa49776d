package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.text;
import static dev.sifter.model.chat.jinja.Rendered.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A template is hostile: it reaches nothing but its input, and it ends within its bounds. */
@Timeout(60)
class SandboxTest {

  @Test
  void nothingOfTheHostIsInReach() {
    assertThat(value("''.__class__.__mro__"))
        .isEqualTo("SecurityError: access to attribute '__class__' of 'str' object is unsafe.");
    assertThat(value("''.getClass()"))
        .isEqualTo("UndefinedError: 'str object' has no attribute 'getClass'");
    assertThat(value("m.getClass()", "m", Map.of()))
        .isEqualTo("UndefinedError: 'dict object' has no attribute 'getClass'");
    assertThat(value("s", "s", "{{ 7 * 7 }}")).as("text is no template").isEqualTo("{{ 7 * 7 }}");
    assertThat(text("{% include 'a' %}")).startsWith("TemplateSyntaxError: a chat template has no");
  }

  @Test
  void theInputIsNotChanged() {
    assertThat(value("l.append(1)", "l", List.of()))
        .isEqualTo("SecurityError: access to attribute 'append' of 'list' object is unsafe.");
    assertThat(value("m.update({})", "m", Map.of()))
        .isEqualTo("SecurityError: access to attribute 'update' of 'dict' object is unsafe.");
  }

  @Test
  void largeValuesAreRefusedBeforeTheyAreMade() {
    assertThat(value("'a' * 1000000000")).startsWith("SecurityError: the template needs a value");
    assertThat(value("[1] * 1000000000")).startsWith("SecurityError: the template needs a value");
    assertThat(value("'a'.center(1000000000)")).startsWith("SecurityError");
    assertThat(value("'%999999999d' % 1")).startsWith("SecurityError");
    assertThat(value("9 ** (9 ** 9)")).startsWith("OverflowError");
    assertThat(value("range(100001)"))
        .isEqualTo(
            "OverflowError: Range too big. The sandbox blocks ranges larger than MAX_RANGE"
                + " (100000).");
    assertThat(value("range(100000) | length")).isEqualTo("100000");
  }

  @Test
  void doublingEndsAtTheBoundOfMemory() {
    String doubling = "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = ";
    assertThat(text(doubling + "n.x ~ n.x %}{% endfor %}")).startsWith("SecurityError");
    assertThat(text(doubling + "n.x + n.x %}{% endfor %}")).startsWith("SecurityError");
    assertThat(text(doubling + "[n.x, n.x] %}{% endfor %}{{ n.x }}")).startsWith("SecurityError");
    assertThat(text(doubling + "[n.x, n.x] %}{% endfor %}{{ n.x | tojson }}"))
        .startsWith("SecurityError");
    assertThat(text(doubling + "n.x.replace('a', 'aaaa') %}{% endfor %}"))
        .startsWith("SecurityError");
  }

  /** Seven of these fill what a template may keep. */
  @ParameterizedTest
  @ValueSource(strings = {"'a'", "('a' | safe)", "[1]", "(1,)"})
  void allThatIsKeptCounts(String value) {
    String kept = "{% set n = namespace(x=[]) %}{% for i in range(20) %}{% set n.x = [n.x, ";
    assertThat(text(kept + value + " * size] %}{% endfor %}", "size", 10_000_000))
        .isEqualTo(
            "SecurityError: the template needs more than 67108864 characters and elements in"
                + " memory");
  }

  @Test
  void longRunsEnd() {
    String loops = "{% for a in range(99999) %}".repeat(4) + "{% endfor %}".repeat(4);
    assertThat(text(loops)).startsWith("SecurityError: the template needs more than");
    String equal =
        "{% set n = namespace(x=[], y=[]) %}{% for i in range(60) %}"
            + "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}";
    assertThat(text(equal)).startsWith("SecurityError: the template needs more than");
  }

  /** Constants are evaluated while compiling; what uses up its time is not begun once more. */
  @Test
  void longConstantsAreRefusedWhileCompiling() {
    String constant = "{{ ([1] * 4000000) | sum }}";
    assertThat(text(constant)).isEqualTo("4000000");
    assertThatThrownBy(() -> Template.compile("{% if x %}" + constant.repeat(3) + "{% endif %}"))
        .isInstanceOf(JinjaException.class)
        .hasMessage("the template needs more than 10000000 steps");
  }

  /** Each runs for as long as a template may, so that all run at once. */
  @Test
  void longTextsDoNotStopTheClock() {
    String faces = "😀".repeat(1 << 22);
    String same = new String(faces.toCharArray());
    List<CompletableFuture<String>> running =
        Stream.of("x | int", "x == y", "x is lower", "x[-1]", "x | wordwrap(1)", "m % x")
            .map(x -> "{% for i in range(99999) %}{% set z = " + x + " %}{% endfor %}")
            .map(
                template ->
                    CompletableFuture.supplyAsync(
                        () -> text("{% set m = '%.1s' | safe %}" + template, "x", faces, "y", same),
                        task -> Thread.ofPlatform().start(task)))
            .toList();
    assertThat(running)
        .allMatch(run -> run.join().startsWith("SecurityError: the template needs more than 10 s"));
  }

  /** Twelve million elements in three turns: none is gone through without being counted. */
  @ParameterizedTest
  @ValueSource(strings = {"x == y", "x < y", "2 in x", "x | sum", "x | max", "x.copy()", "{t: 1}"})
  void everyElementThatIsVisitedIsAStep(String expression) {
    String template =
        "{% set x = [1] * 4000000 %}{% set y = [1] * 4000000 %}{% set t = (1,) * 4000000 %}"
            + "{% for i in range(3) %}{% set z = "
            + expression
            + " %}{% endfor %}";
    assertThat(text(template))
        .isEqualTo("SecurityError: the template needs more than 10000000 steps");
  }

  @Test
  @Timeout(20)
  void oneLongLineIsReadInOnePass() {
    assertThat(text("{%set a=1%}".repeat(95_000) + "{{ a }}")).isEqualTo("1");
  }

  @Test
  @Timeout(5)
  void manyPartsFromTheEndAreSplitInOnePass() {
    assertThat(text("{{ ('x,' * 400000).rsplit(',', 399999) | length }}")).isEqualTo("400000");
    assertThat(text("{{ (' x' * 400000).rsplit(none, 399999) | length }}")).isEqualTo("400000");
  }

  @Test
  void deepRecursionIsAnError() {
    assertThat(text("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"))
        .isEqualTo("RecursionError: maximum recursion depth exceeded");
    assertThat(text("{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}"))
        .startsWith("TemplateSyntaxError: an expression is nested more than");
    assertThat(text("{% if 1 %}".repeat(5000) + "{% endif %}".repeat(5000)))
        .startsWith("TemplateSyntaxError: blocks are nested more than");
    assertThat(text("{{ x" + " + 1".repeat(100_000) + " }}", "x", 0))
        .isIn(
            "100000",
            "RecursionError: maximum recursion depth exceeded",
            "TemplateSyntaxError: the template is nested too deep");
    assertThat(text("{{ " + "not ".repeat(100_001) + "1 }}")).isEqualTo("False");
    assertThat(text("{{ " + "-".repeat(100_000) + "1 }}")).startsWith("TemplateSyntaxError");
    assertThat(text("{{ x" + ".a".repeat(100_000) + " }}")).doesNotStartWith("java");
  }
}
