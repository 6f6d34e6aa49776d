package dev.sifter.train.eval.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.train.eval.metric.ExactMatch;
import dev.sifter.train.eval.python.PythonRegex;
import dev.sifter.train.eval.task.MappedAnswer;
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

  private static List<Object> apply(String filter, ObjectNode doc, Object... responses) {
    return ResponseFilter.read(json(filter)).apply(List.of(responses), doc);
  }

  @Test
  void mapsResponses() {
    String map = "{'function': 'map', 'mapping_dict': {'A': 0, 'B': 1.5, 'C': 'c', 'D': true}";
    assertThat(apply(map + ", 'default_value': -1}", DOC, "A", "B", "C", "D", "E", 7L))
        .containsExactly(0L, 1.5, "c", true, -1L, -1L);
    assertThat(apply(map + "}", DOC, "E")).containsExactly((Object) null);
    assertThatThrownBy(() -> apply("{'function': 'map', 'mapping_dict': {'A': [1]}}", DOC, "A"))
        .hasMessageContaining("map gives [1] for A");
    assertThatThrownBy(() -> apply("{'function': 'map', 'mapping_dict': 'A'}", DOC, "A"))
        .hasMessageContaining("mapping_dict of map is \"A\"; it must be a mapping");
    assertThatThrownBy(() -> apply("{'function': 'lowercase'}", DOC, 7L))
        .hasMessageContaining("lowercase takes texts, but the step before it gives 7");
  }

  @Test
  void takesTheFirstFew() {
    assertThat(apply("{'function': 'take_first_k', 'k': 2}", DOC, "a", "b", "c"))
        .containsExactly("a", "b");
    assertThatThrownBy(() -> apply("{'function': 'take_first_k', 'k': 4}", DOC, "a", "b", "c"))
        .hasMessageContaining("takes 4 responses, but a record has 3");
    assertThatThrownBy(() -> apply("{'function': 'take_first_k', 'k': 0}", DOC, "a"))
        .hasMessage("filter_list: k of take_first_k is 0; it must be at least 1");
  }

  @Test
  void comparesMappedAnswersWithTargets() {
    assertThat(MappedAnswer.matches(" 1_0 ", 10L, ExactMatch.PLAIN)).isTrue();
    assertThat(MappedAnswer.matches(true, 1L, ExactMatch.PLAIN)).isTrue();
    assertThat(MappedAnswer.matches("", false, ExactMatch.PLAIN)).isTrue();
    assertThat(MappedAnswer.matches("2.50", 2.5, ExactMatch.PLAIN)).isTrue();
    assertThat(MappedAnswer.matches(List.of(3, 4), 4L, ExactMatch.PLAIN)).isTrue();
    assertThat(MappedAnswer.matches(List.of("4"), 4L, ExactMatch.PLAIN)).isFalse();
    assertThatThrownBy(() -> MappedAnswer.matches("two", 2L, ExactMatch.PLAIN))
        .hasMessageContaining("map gives 2, but the target 'two' cannot be compared with it");
    assertThatThrownBy(() -> MappedAnswer.matches("two", null, ExactMatch.PLAIN))
        .hasMessageContaining("map gives None");
    ExactMatch options = new ExactMatch(true, false, false, List.of());
    assertThatThrownBy(() -> MappedAnswer.matches(2, 2L, options))
        .hasMessageContaining("exact_match ignores parts of texts");
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
    assertThatThrownBy(() -> apply("{'function': 'turn'}", DOC, "a"))
        .hasMessageContaining("no function 'turn'");
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
