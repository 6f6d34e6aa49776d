package dev.sifter.train.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.model.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocFieldTest {
  private final ObjectNode doc =
      doc("{\"q\": \"Why?\", \"gold\": 1, \"letter\": \"2\", \"choices\": [\"it's\", \"b\"]}");

  private static ObjectNode doc(String json) {
    try {
      return (ObjectNode) Json.mapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static DocField field(String source) {
    return new DocField("doc_to_text", TextNode.valueOf(source));
  }

  @Test
  void takesColumnsAndTemplates() {
    assertThat(field("q").textOrIndex(doc, true)).isEqualTo("Why?");
    assertThat(field("gold").textOrIndex(doc, true)).isEqualTo(1);
    assertThat(field("Q: {{q}}").textOrIndex(doc, true)).isEqualTo("Q: Why?");
    assertThat(field("{{letter}}").textOrIndex(doc, true)).isEqualTo(2);
    assertThat(field("{{letter}}").textOrIndex(doc, false)).isEqualTo("2");
    assertThat(field("letter").textOrIndex(doc, true)).isEqualTo("2");
  }

  @Test
  void takesChoicesFromAColumnOrAPythonList() {
    assertThat(field("choices").choices(doc)).containsExactly("it's", "b");
    assertThat(field("{{choices}}").choices(doc)).containsExactly("it's", "b");
    assertThat(field("{{['x', q]}}").choices(doc)).containsExactly("x", "Why?");
    assertThatThrownBy(() -> field("q").choices(doc)).hasMessageContaining("no list of choices");
  }

  @Test
  void takesSeveralTargets() {
    assertThat(field("choices").target(doc, false)).isEqualTo(List.of("it's", "b"));
    assertThat(field("[0, 1]").target(doc, true)).isEqualTo(List.of(0, 1));
    assertThat(field("[not a list]").target(doc, true)).isEqualTo("[not a list]");
  }

  /** A sum or a year in seconds is a target like any other; only no choice has its number. */
  @Test
  void keepsTheDigitsOfNumbersBeyondAnInt() {
    ObjectNode sums = doc("{\"sum\": 12345678901, \"sums\": [1, -98765432109876543210]}");
    assertThat(field("sum").target(sums, false)).isEqualTo("12345678901");
    assertThat(field("{{sum}}").target(sums, true)).isEqualTo("12345678901");
    assertThat(field("sums").target(sums, false)).isEqualTo(List.of(1, "-98765432109876543210"));
    assertThat(field("[1, {{sum}}]").target(sums, false)).isEqualTo(List.of(1, "12345678901"));
  }

  /** Chat templates lose line ends that task templates keep. */
  @Test
  void keepsLineEnds() {
    assertThat(field("{{q}}\n").textOrIndex(doc, false)).isEqualTo("Why?\n");
    assertThat(field("{% if gold %}\nyes\n{% endif %}\n").textOrIndex(doc, false))
        .isEqualTo("\nyes\n\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{question}}",
        "{% if question %}x{% endif %}",
        "{% for c in question %}x{% endfor %}",
        "{{ q ~ question }}",
        "{{ question == 1 }}",
        "{{ question or q }}",
        "{{ question | length }}",
        "{{ question | upper }}",
        "{{ 'x' in question }}",
        "{{ question in choices }}",
        "{% set x = question %}{{ x }}"
      })
  void findsAMisspeltColumn(String template) {
    assertThatThrownBy(() -> field(template).textOrIndex(doc, false))
        .hasMessage(
            "doc_to_text cannot be rendered: 'question' is undefined; the record's columns are"
                + " [q, gold, letter, choices]");
  }

  @Test
  void asksForNoColumnWhereTheTemplateDoesNot() {
    assertThat(field("{{ not gold }} {{ range(2) | list }}").textOrIndex(doc, false))
        .isEqualTo("False [0, 1]");
    assertThat(
            field("{{ hint | default('-') }}{{ [hint] }}{% if hint is defined %}x{% endif %}")
                .textOrIndex(doc, false))
        .isEqualTo("-[Undefined]");
  }

  @Test
  void namesTheRecordWhoseTextIsNull() {
    ObjectNode empty = doc.deepCopy().putNull("q");
    assertThat(DocField.text(field("q"), empty)).isEmpty();
    assertThat(field("q").target(empty, false)).isNull();
    assertThatThrownBy(() -> field("q").textOrIndex(empty, false))
        .hasMessageStartingWith("doc_to_text gives null for the record {\"q\":null");
  }
}
