package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseFilterTest {
  private static final ObjectNode DOC = JsonNodeFactory.instance.objectNode();

  private static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> apply(String filter, ObjectNode doc, String... responses) {
    return ResponseFilter.read(json(filter)).apply(List.of(responses), doc);
  }

  @Test
  void selectsAMatch() {
    String pattern = "{'function': 'regex', 'regex_pattern': '(-?[$0-9.,]{2,})|(-?[0-9]+)'";
    assertThat(apply(pattern + "}", DOC, "5 and 12", "none")).containsExactly("5", "[invalid]");
    assertThat(apply(pattern + ", 'group_select': -1}", DOC, "5 and 12")).containsExactly("12");
    assertThat(apply(pattern + ", 'fallback': '?'}", DOC, "none")).containsExactly("?");
    assertThat(apply("{'function': 'regex'}", DOC, "so\\n#### 1,234.5 ok"))
        .containsExactly("1,234.5");
  }

  @Test
  void changesAndChoosesResponses() {
    assertThat(apply("{'function': 'remove_whitespace'}", DOC, " a\n", "b"))
        .containsExactly("a", "b");
    assertThat(apply("{'function': 'lowercase'}", DOC, "ÀB")).containsExactly("àb");
    assertThat(apply("{'function': 'uppercase'}", DOC, "ab")).containsExactly("AB");
    assertThat(apply("{'function': 'take_first'}", DOC, "a", "b")).containsExactly("a");
    assertThat(apply("{'function': 'take_first_k', 'k': 2}", DOC, "a", "b", "c"))
        .containsExactly("a", "b");
    assertThat(apply("{'function': 'majority_vote'}", DOC, "a", "b", "c", "b", "c"))
        .containsExactly("b");
    assertThatThrownBy(() -> apply("{'function': 'take_first_k', 'k': 2}", DOC, "a"))
        .hasMessageContaining("raise repeats");
    assertThatThrownBy(() -> apply("{'function': 'map'}", DOC, "a"))
        .hasMessageContaining("no function 'map'");
  }

  @Test
  void findsLettersOfChoices() {
    ObjectNode doc = (ObjectNode) json("{'choices': ['red', 'green sea']}");
    String filter =
        "{'function': 'multi_choice_regex', 'regex_pattern': '(\\\\([A-Z]\\\\))',"
            + " 'ignore_case': true}";
    assertThat(apply(filter, doc, "It is (B).", "The Green Sea it is", "Answer: A", "?"))
        .containsExactly("(B)", "(B)", "(A)", "[invalid]");
  }

  @Test
  void comparesWhatIsNotIgnored() {
    ExactMatch match =
        new ExactMatch(true, true, false, List.of(PythonRegex.compile("(?s).*#### ")));
    assertThat(match.matches("well,\n#### Ten.", "ten")).isTrue();
    assertThat(match.matches("eleven", "ten")).isFalse();
    assertThat(new ExactMatch(false, false, true, List.of()).matches("a1", "a2")).isTrue();
    assertThat(ExactMatch.PLAIN.matches("Ten", "ten")).isFalse();
  }
}
