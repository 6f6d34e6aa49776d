package dev.sifter.train.eval.ifeval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every instruction: 21 of them against the harness's own checks on invented responses ({@code
 * make_ifeval.py} beside the fixture), the four that rest on trained tables by hand.
 */
class InstructionsTest {
  private static JsonNode goldens() throws IOException {
    try (InputStream in = InstructionsTest.class.getResourceAsStream("ifeval.json")) {
      return Json.mapper().readTree(in);
    }
  }

  static List<String> names() throws IOException {
    return goldens().get("cases").findValuesAsText("name").stream().distinct().toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void agreesWithTheHarness(String name) throws IOException {
    for (JsonNode testCase : goldens().get("cases")) {
      if (testCase.get("name").asText().equals(name)) {
        ObjectNode doc = Json.mapper().createObjectNode();
        doc.putArray("instruction_id_list").add(name);
        doc.putArray("kwargs").add(testCase.get("kwargs"));
        InstructionScores scores = InstructionScores.of(doc, testCase.get("response").asText());
        String what = testCase.toString();
        assertThat(scores.strict()).as(what).containsExactly(testCase.get("strict").asBoolean());
        assertThat(scores.loose()).as(what).containsExactly(testCase.get("loose").asBoolean());
      }
    }
  }

  @Test
  void capitalWordsAreCountedAsNltkDoes() throws IOException {
    for (JsonNode text : goldens().get("capitals")) {
      assertThat(CapitalWords.count(text.get("text").asText()))
          .as(text.toString())
          .isEqualTo(text.get("capitals").asInt());
    }
  }

  /** Counts of nltk 3.10.3's NLTKWordTokenizer. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "CANNOT'QUOTE'My|2",
        "D'YE WANNA|4",
        "WANNA, I|3",
        "MORE'N CANNA|3",
        "GIMME LEMME GONME GOTTA|7"
      })
  void wordsThatAreTwoAreCountedTwice(String text, int capitals) {
    assertThat(CapitalWords.count(text)).isEqualTo(capitals);
  }

  private static boolean follows(String name, String arguments, String response) {
    try {
      return Instructions.of(name, Json.mapper().readTree(arguments)).isFollowedBy(response);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest(name = "{0} sentences: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "0|''",
        "1|no end",
        "1|One.",
        "2|One. Two",
        "3|Really? Yes! \"Fine.\"",
        "2|Dr. A. Smith of the U.S. army came at 5 p.m. today. He left.",
        "2|He came at 5 p.m. Then he left.",
        "1|It costs 3.50 or e.g. 4 dollars",
        "2|Wait... what? Fine",
        "4|1. First thing. 2. Second.",
        "2|(It works.) Does it?"
      })
  void sentences(int expected, String text) {
    assertThat(Sentences.count(text)).isEqualTo(expected);
    String arguments = "{\"num_sentences\": %d, \"relation\": \"%s\"}";
    String name = "length_constraints:number_sentences";
    assertThat(follows(name, arguments.formatted(expected, "at least"), text)).isTrue();
    assertThat(follows(name, arguments.formatted(expected, "less than"), text)).isFalse();
    assertThat(follows(name, arguments.formatted(expected + 1, "less than"), text)).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "en|The weather is nice today and we should go for a walk in the park.",
        "de|Das Wetter ist heute schön und wir sollten im Park spazieren gehen.",
        "fr|Il fait beau aujourd'hui et nous devrions nous promener dans le parc.",
        "es|Hoy hace buen tiempo y deberíamos dar un paseo por el parque.",
        "ru|Сегодня хорошая погода, и нам следует прогуляться по парку.",
        "hi|आज मौसम अच्छा है और हमें पार्क में टहलने जाना चाहिए।",
        "ko|오늘 날씨가 좋으니 공원에서 산책을 해야 합니다.",
        "sw|Hali ya hewa ni nzuri leo na tunapaswa kwenda kutembea katika bustani."
      })
  void languages(String code, String text) {
    assertThat(Languages.detect(text)).contains(code);
    String name = "language:response_language";
    assertThat(follows(name, "{\"language\": \"%s\"}".formatted(code), text)).isTrue();
    assertThat(
            follows(
                name, "{\"language\": \"%s\"}".formatted(code.equals("en") ? "de" : "en"), text))
        .isFalse();
  }

  @Test
  void casesOfAWholeResponse() {
    String english = "The weather is nice today, and we should go for a walk in the park";
    String upper = "change_case:english_capital";
    String lower = "change_case:english_lowercase";
    assertThat(follows(upper, "{}", english.toUpperCase(Locale.ROOT))).isTrue();
    assertThat(follows(upper, "{}", english)).isFalse();
    assertThat(follows(upper, "{}", "ХОРОШАЯ ПОГОДА СЕГОДНЯ В ПАРКЕ")).isFalse();
    assertThat(follows(lower, "{}", english.toLowerCase(Locale.ROOT))).isTrue();
    assertThat(follows(lower, "{}", english)).isFalse();
    assertThat(follows(lower, "{}", "123")).isFalse();
    assertThat(Languages.detect("12 34")).isEmpty();
  }

  @Test
  void nothingFollowsNoInstruction() {
    ObjectNode doc = Json.mapper().createObjectNode();
    doc.putArray("instruction_id_list").add("punctuation:no_comma");
    doc.putArray("kwargs").addObject();
    assertThat(InstructionScores.of(doc, " \n").strict()).containsExactly(false);
    assertThat(InstructionScores.of(doc, "a, b\nc").loose()).containsExactly(true);
    assertThat(InstructionScores.of(doc, "a, b\nc").strict()).containsExactly(false);
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> follows("keywords:rhymes", "{}", "x"))
        .hasMessageContaining("'keywords:rhymes' is unknown")
        .hasMessageContaining("keywords:existence");
    assertThatThrownBy(() -> follows("keywords:existence", "{\"keywords\": null}", "x"))
        .hasMessageContaining("needs a list of texts as 'keywords'");
    assertThatThrownBy(
            () ->
                follows(
                    "length_constraints:number_words",
                    "{\"num_words\": 3, \"relation\": \"about\"}",
                    "x"))
        .hasMessageContaining("'less than' or 'at least'");
  }
}
