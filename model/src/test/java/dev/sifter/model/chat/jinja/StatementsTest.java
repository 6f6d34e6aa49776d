package dev.sifter.model.chat.jinja;

import static dev.sifter.model.chat.jinja.Rendered.spans;
import static dev.sifter.model.chat.jinja.Rendered.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Statements, scopes, white space and spans, as Jinja2 3.1 with trim_blocks and lstrip_blocks. */
class StatementsTest {

  @Test
  void blocksTakeTheirLineBreakAndTheirIndentation() {
    assertThat(text("a\n  {% if true %}\nb\n  {% endif %}\nc")).isEqualTo("a\nb\nc");
    assertThat(text("a {% if true %} b{% endif %}")).isEqualTo("a  b");
    assertThat(text("  {{ 1 }}\nb")).as("print statements keep both").isEqualTo("  1\nb");
    assertThat(text("a\n  {%+ if true %}\nb{% endif %}")).isEqualTo("a\n  b");
    assertThat(text("{% if true +%}\nb{% endif %}")).isEqualTo("\nb");
    assertThat(text("a \n {%- if true -%} \n b{% endif %}")).isEqualTo("ab");
    assertThat(text("a {{- ' b ' -}} c")).isEqualTo("a b c");
    assertThat(text("a\n  {# note #}\nb")).isEqualTo("a\nb");
    assertThat(text("a\r\nb\r\n")).as("one line break at the end is dropped").isEqualTo("a\nb");
    assertThat(text("{% raw %}{{ x }}{% endraw %}")).isEqualTo("{{ x }}");
    assertThat(text("{{ {'a': {'b': 1}}}}")).isEqualTo("{'a': {'b': 1}}");
  }

  @Test
  void loopsKnowWhereTheyAre() {
    assertThat(text("{% for x in 'ab' %}{{ loop.index }}{{ x }}{{ loop.last }} {% endfor %}"))
        .isEqualTo("1aFalse 2bTrue ");
    assertThat(
            text(
                "{% for x in [1,2,3] if x != 2 %}{{ loop.index0 }}{{ loop.previtem }}"
                    + "{{ loop.nextitem }}/{{ loop.length }};{% else %}none{% endfor %}"))
        .isEqualTo("03/2;11/2;");
    assertThat(text("{% for a, b in [[1, 2], [3, 4]] if b %}{{ loop.nextitem }}{% endfor %}"))
        .as("a test makes tuples of what targets take")
        .isEqualTo("(3, 4)");
    assertThat(text("{% for x in [] %}{% else %}none{% endfor %}")).isEqualTo("none");
    assertThat(
            text(
                "{% for x in range(9) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}"
                    + "{% break %}{% endif %}{{ x }}{% endfor %}"))
        .isEqualTo("02");
    assertThat(text("{% for a, b in {'x': 1}.items() %}{{ a }}={{ b }}{% endfor %}"))
        .isEqualTo("x=1");
    assertThat(
            text(
                "{% for x in t recursive %}{{ x[0] }}{{ loop(x[1:]) if x | length > 1 }}{% endfor"
                    + " %}",
                "t", List.of(List.of("a", List.of("b")), List.of("c"))))
        .isEqualTo("abc");
  }

  /** Jinja2 3.1.6 prints the same: only a turn that comes to its end keeps the else branch away. */
  @Test
  void aTurnThatIsCutShortDoesNotKeepTheElseBranchAway() {
    assertThat(text("{% for x in [1] %}{% break %}{% else %}e{% endfor %}")).isEqualTo("e");
    assertThat(text("{% for x in [1, 2] %}{% continue %}{% else %}e{% endfor %}")).isEqualTo("e");
    assertThat(
            text(
                "{% for x in [1, 2] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}e"
                    + "{% endfor %}"))
        .isEqualTo("1");
  }

  @Test
  void filterAndCallBlocksPrintNothingButText() {
    assertThat(text("{% filter length %}ab{% endfilter %}"))
        .isEqualTo("TypeError: the filter block gave no str but int");
    assertThat(text("{% call dict() %}c{% endcall %}"))
        .isEqualTo("TypeError: the call block gave no str but dict");
    assertThat(text("{% set n | length %}ab{% endset %}{{ n + 1 }}")).isEqualTo("3");
  }

  /** What Jinja2 3.1.6 renders and refuses, too. */
  @Test
  void loopIsNothingToAssignToInsideALoop() {
    String error =
        "TemplateAssertionError: Can't assign to special loop variable in for-loop target";
    assertThat(text("{% for x in [1] %}{% set loop = 1 %}{% endfor %}")).isEqualTo(error);
    assertThat(text("{% for a, loop in [] %}{% endfor %}")).isEqualTo(error);
    assertThat(
            text(
                "{% for x in [1] %}{% macro m() %}{% set loop %}{% endset %}{% endmacro %}"
                    + "{% endfor %}"))
        .isEqualTo(error);
    assertThat(
            text(
                "{% set loop = 1 %}{% for x in [2] %}{% with loop = 3 %}{{ loop }}{% endwith %}"
                    + "{% endfor %}{{ loop }}"))
        .isEqualTo("31");
  }

  /** As in Jinja2 3.1.6, to which the comma promises one more target. */
  @Test
  void targetsEndWithoutAComma() {
    assertThat(text("{% for x, in [[1]] %}{% endfor %}"))
        .isEqualTo("TemplateSyntaxError: expected token 'in', got '['");
    assertThat(text("{% for (x,) in [[1]] %}{{ x }}{% endfor %}")).isEqualTo("1");
    assertThat(text("{% set x, = [1] %}")).isEqualTo("TemplateSyntaxError: unexpected '='");
  }

  /** Jinja2 3.1.6 looks for the end of a comment only where something follows. */
  @Test
  void whatBeginsAtTheEndNeedsNoEnd() {
    assertThat(text("a {#")).isEqualTo("a ");
    assertThat(text("a {#-")).isEqualTo("a");
    assertThat(text("a{%- raw -%}  ")).isEqualTo("a");
    assertThat(text("a{# ")).isEqualTo("TemplateSyntaxError: Missing end of comment tag");
    assertThat(text("a{% raw %} ")).isEqualTo("TemplateSyntaxError: Missing end of raw directive");
  }

  @Test
  void onlyNamespacesOutliveTheirBlock() {
    assertThat(text("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}"))
        .isEqualTo("1");
    assertThat(text("{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}"))
        .isEqualTo("2");
    assertThat(
            text(
                "{% set n = namespace(x=1) %}{% for i in [1] %}{% set n.x = 2 %}{% endfor %}{{ n.x"
                    + " }}"))
        .isEqualTo("2");
    assertThat(text("{% set m = {} %}{% set m.x = 2 %}"))
        .isEqualTo("TemplateRuntimeError: cannot assign attribute on non-namespace object");
    assertThat(text("{% set x %}a{{ 1 }}{% endset %}[{{ x | upper }}]")).isEqualTo("[A1]");
    assertThat(text("{% filter upper %}a{{ 'b' }}{% endfilter %}")).isEqualTo("AB");
  }

  @Test
  void macrosBindTheirArguments() {
    String macro =
        "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ later }}{% endmacro %}{% set later = '!' %}";
    assertThat(text(macro + "{{ m(1) }}{{ m(1, b=3) }}{{ m() }}")).isEqualTo("12!13!2!");
    assertThat(text(macro + "{{ m(1, 2, 3) }}"))
        .isEqualTo("TypeError: macro 'm' takes not more than 2 argument(s)");
    assertThat(text(macro + "{{ m(c=1) }}"))
        .isEqualTo("TypeError: macro 'm' takes no keyword argument 'c'");
    assertThat(text("{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, x=2) }}"))
        .isEqualTo("(1,){'x': 2}");
    assertThat(
            text(
                "{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}{{ x }}{% endcall"
                    + " %}"))
        .isEqualTo("<1>");
    assertThat(text("{% macro m() %}{{ caller }}{% endmacro %}{% call m() %}{% endcall %}"))
        .isEqualTo("<Macro anonymous>");
  }

  @Test
  void generationSpansCountCodePointsOfTheWholeOutput() {
    assertThat(spans("\uD83D\uDE42 {% generation %}\u00e9\uD83D\uDE42{% endgeneration %} x"))
        .isEqualTo("[2, 4]");
    assertThat(
            spans(
                "{% for m in ['a', 'bb'] %}>{% generation %}{{ m }}{% endgeneration %}{% endfor"
                    + " %}"))
        .isEqualTo("[1, 2, 3, 5]");
    assertThat(spans("{% generation %}{% set x = 1 %}{% endgeneration %}")).isEqualTo("[0, 0]");
  }

  /** Jinja2 3.1.6 in transformers' environment gives the same spans, and refuses the jump. */
  @Test
  void aRecursiveLoopIsPrintedAtItsEnd() {
    assertThat(
            spans(
                "a{% for x in [1, 2] recursive %}b{% generation %}c{% endgeneration %}{% endfor"
                    + " %}"))
        .isEqualTo("[1, 2, 1, 2]");
    assertThat(
            text(
                "{% for x in [1] %}{% for y in [] recursive %}{% else %}{% break %}{% endfor %}"
                    + "{% endfor %}"))
        .isEqualTo("SyntaxError: 'break' outside loop");
  }

  @Test
  void errorsNameTheirLine() {
    JinjaException syntax =
        catchThrowableOfType(JinjaException.class, () -> Template.compile("a\n{% if %}"));
    assertThat(syntax.line()).isEqualTo(2);
    assertThat(syntax).hasMessage("Expected an expression, got 'end of statement block'");
    Template template = Template.compile("a\n\n{{ raise_exception('no') }}");
    JinjaException raised =
        catchThrowableOfType(
            JinjaException.class, () -> template.render(java.util.Map.of(), Rendered.NOW));
    assertThat(raised.line()).isEqualTo(3);
    assertThat(raised.errorType()).isEqualTo("TemplateError");
  }

  @Test
  void theParserSaysWhatItExpected() {
    assertThat(text("{% for x in y %}"))
        .isEqualTo(
            "TemplateSyntaxError: Unexpected end of template. Jinja was looking for the following"
                + " tags: 'endfor' or 'else'. The innermost block that needs to be closed is"
                + " 'for'.");
    assertThat(text("{% if x %}{% endfor %}"))
        .isEqualTo(
            "TemplateSyntaxError: Encountered unknown tag 'endfor'. Jinja was looking for the"
                + " following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to"
                + " be closed is 'if'.");
    assertThat(text("{{ 1 2 }}"))
        .isEqualTo("TemplateSyntaxError: expected token 'end of print statement', got 'integer'");
    assertThat(text("{{ (1] }}")).isEqualTo("TemplateSyntaxError: unexpected ']', expected ')'");
    assertThat(text("{{ 1 | nosuch }}"))
        .isEqualTo("TemplateAssertionError: No filter named 'nosuch'.");
    assertThat(text("{% if false %}{{ 1 | nosuch }}{% endif %}ok")).isEqualTo("ok");
  }
}
