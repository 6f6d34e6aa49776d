package dev.sifter.train.eval.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.metric.ExactMatch;
import dev.sifter.train.eval.python.PythonRegex;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One step that turns the responses to a record into others. Responses are texts, and after {@code
 * map} numbers, truth values or null, too.
 */
@FunctionalInterface
interface ResponseFilter {
  /** The responses after this step. */
  List<Object> apply(List<Object> responses, ObjectNode doc);

  /**
   * A step of {@code filter_list}.
   *
   * @throws IllegalArgumentException if there is no such filter
   */
  static ResponseFilter read(JsonNode json) {
    String function = json.path("function").asText("");
    return switch (function) {
      case "regex" -> extraction(regex(json)::extract);
      case "multi_choice_regex" -> new MultiChoiceRegex(regex(json), json);
      case "take_first" -> (responses, doc) -> responses.subList(0, 1);
      case "take_first_k" -> takeFirst(json.path("k").asInt(1));
      case "majority_vote" -> (responses, doc) -> Collections.singletonList(majority(responses));
      case "remove_whitespace" -> each(function, PythonStrings::strip);
      case "lowercase" -> each(function, text -> text.toLowerCase(Locale.ROOT));
      case "uppercase" -> each(function, text -> text.toUpperCase(Locale.ROOT));
      case "map" -> {
        ResponseMap map = ResponseMap.read(json);
        yield (responses, doc) -> responses.stream().map(map::get).toList();
      }
      case "format_span" -> each(function, NamedEntities::format);
      default ->
          throw new IllegalArgumentException(
              "filter_list: there is no function '%s'; there are regex, multi_choice_regex,"
                      .formatted(function)
                  + " take_first, take_first_k, majority_vote, remove_whitespace, lowercase,"
                  + " uppercase, map, format_span");
    };
  }

  private static RegexExtraction regex(JsonNode json) {
    return new RegexExtraction(
        PythonRegex.compile(json.path("regex_pattern").asText("#### (\\-?[0-9\\.\\,]+)")),
        json.path("group_select").asInt(0),
        json.path("fallback").asText("[invalid]"));
  }

  private static ResponseFilter each(String function, Function<String, Object> change) {
    return (responses, doc) ->
        responses.stream().map(response -> change.apply(text(function, response))).toList();
  }

  /** An expression finds nothing in what is no text. */
  private static ResponseFilter extraction(Function<String, Object> extract) {
    return (responses, doc) ->
        responses.stream()
            .map(response -> extract.apply(response instanceof String text ? text : ""))
            .toList();
  }

  private static String text(String function, Object response) {
    if (response instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(
        "filter_list: %s takes texts, but the step before it gives %s: let map give texts, or put it last"
            .formatted(function, Values.text(response)));
  }

  private static ResponseFilter takeFirst(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "filter_list: k of take_first_k is %d; it must be at least 1".formatted(count));
    }
    return (responses, doc) -> {
      if (responses.size() < count) {
        throw new IllegalArgumentException(
            "take_first_k takes %d responses, but a record has %d: raise repeats"
                .formatted(count, responses.size()));
      }
      return responses.subList(0, count);
    };
  }

  /** The most frequent response, the first of several. */
  private static Object majority(List<Object> responses) {
    Map<Object, Integer> counts = new LinkedHashMap<>();
    responses.forEach(response -> counts.merge(response, 1, Integer::sum));
    Object best = responses.getFirst();
    for (Map.Entry<Object, Integer> entry : counts.entrySet()) {
      best = entry.getValue() > counts.get(best) ? entry.getKey() : best;
    }
    return best;
  }

  /**
   * Picks a match.
   *
   * @param select which one, from 0; from the end where negative
   */
  record RegexExtraction(PythonRegex regex, int select, String fallback) {
    /** The match's first group that is not empty, without white space at its ends. */
    String extract(String text) {
      List<List<String>> matches = regex.findAll(text);
      int at = select < 0 ? matches.size() + select : select;
      if (matches.isEmpty()) {
        return fallback;
      }
      if (at < 0 || at >= matches.size()) {
        throw new IllegalArgumentException(
            "group_select %d, but the response has %d matches; 0 is the first, -1 the last"
                .formatted(select, matches.size()));
      }
      List<String> groups = matches.get(at);
      if (groups.size() == 1) {
        return PythonStrings.strip(groups.getFirst());
      }
      return PythonStrings.strip(
          groups.stream().filter(group -> !group.isEmpty()).findFirst().orElse(fallback));
    }
  }

  /** Letters of choices: by a regular expression, by a choice's text, or by ": A". */
  final class MultiChoiceRegex implements ResponseFilter {
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{P}");

    private final RegexExtraction first;
    private final ExactMatch ignored;
    private final boolean ignorePunctuation;
    private final String fallback;

    MultiChoiceRegex(RegexExtraction first, JsonNode json) {
      this.first = new RegexExtraction(first.regex(), first.select(), "");
      this.fallback = first.fallback();
      List<PythonRegex> regexes = new ArrayList<>();
      json.path("regexes_to_ignore").forEach(r -> regexes.add(PythonRegex.compile(r.asText())));
      this.ignored =
          new ExactMatch(json.path("ignore_case").asBoolean(false), false, false, regexes);
      this.ignorePunctuation = json.path("ignore_punctuation").asBoolean(false);
    }

    /** Punctuation is what Unicode calls so; to {@code exact_match} it is ASCII's. */
    private String normalise(String text) {
      String normal = ignored.normalise(text);
      return ignorePunctuation ? PUNCTUATION.matcher(normal).replaceAll("") : normal;
    }

    @Override
    public List<Object> apply(List<Object> responses, ObjectNode doc) {
      Map<String, String> byText = new LinkedHashMap<>();
      Map<String, String> byLetter = new LinkedHashMap<>();
      char letter = 'A';
      for (JsonNode choice : doc.path("choices")) {
        byText.put(normalise(PythonStrings.strip(choice.asText())), "(" + letter + ")");
        byLetter.put(String.valueOf(letter), "(" + letter + ")");
        letter++;
      }
      return extraction(text -> find(text, byText, byLetter)).apply(responses, doc);
    }

    private String find(String response, Map<String, String> byText, Map<String, String> byLetter) {
      String found = first.extract(response);
      if (found.isEmpty()) {
        found = pick(PythonRegex.anyOf(byText.keySet(), ""), normalise(response), byText);
      }
      if (found.isEmpty()) {
        found = pick(PythonRegex.anyOf(byLetter.keySet(), ":[\\s]*"), response, byLetter);
      }
      return found.isEmpty() ? fallback : found;
    }

    private String pick(PythonRegex regex, String text, Map<String, String> letters) {
      String match = new RegexExtraction(regex, first.select(), "").extract(text);
      return match.isEmpty() ? match : letters.getOrDefault(match, match);
    }
  }
}
