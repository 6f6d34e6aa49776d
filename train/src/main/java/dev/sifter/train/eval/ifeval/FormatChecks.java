package dev.sifter.train.eval.ifeval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Instructions about the form of a response: lists, sections, beginnings and ends. */
final class FormatChecks {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\[[^\\n]*?\\]");
  private static final Pattern STAR_BULLET = multiline("^\\s*\\*[^\\*].*$");
  private static final Pattern DASH_BULLET = multiline("^\\s*-.*$");
  private static final Pattern HIGHLIGHT = Pattern.compile("\\*[^\\n*]*\\*");
  private static final Pattern DOUBLE_HIGHLIGHT = Pattern.compile("\\*\\*[^\\n*]*\\*\\*");
  private static final Pattern TITLE = Pattern.compile("<<[^\\n]+>>");

  /** Python's reader takes NaN and infinities, and nothing behind the value. */
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build()
          .reader()
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final List<String> CONSTRAINED =
      List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");

  private static final String RESPONSE_DIVIDER = "******";

  private FormatChecks() {}

  private static Pattern multiline(String regex) {
    return Pattern.compile(
        regex, Pattern.MULTILINE | Pattern.UNIX_LINES | Pattern.UNICODE_CHARACTER_CLASS);
  }

  private static int count(Pattern pattern, String text) {
    return (int) pattern.matcher(text).results().count();
  }

  /** Placeholders stand in square brackets. */
  static Instruction numberPlaceholders(Arguments arguments) {
    int wanted = arguments.number("num_placeholders");
    return response -> count(PLACEHOLDER, response) >= wanted;
  }

  /** Exactly so many lines that begin with * or -. */
  static Instruction numberBulletLists(Arguments arguments) {
    int wanted = arguments.number("num_bullets");
    return response -> count(STAR_BULLET, response) + count(DASH_BULLET, response) == wanted;
  }

  /** At least so many pieces *like this* or **like this**. */
  static Instruction numberHighlightedSections(Arguments arguments) {
    int wanted = arguments.number("num_highlights");
    return response -> {
      long single =
          HIGHLIGHT
              .matcher(response)
              .results()
              .map(MatchResult::group)
              .filter(FormatChecks::hasText)
              .count();
      long twofold =
          DOUBLE_HIGHLIGHT
              .matcher(response)
              .results()
              .map(match -> match.group().substring(2, match.group().length() - 2))
              .filter(inner -> !inner.isBlank())
              .count();
      return single + twofold >= wanted;
    };
  }

  private static boolean hasText(String highlight) {
    return !highlight.replace("*", "").isBlank();
  }

  /** At least so many sections, each begun by the splitter and a number. */
  static Instruction multipleSections(Arguments arguments) {
    int wanted = arguments.number("num_sections");
    Pattern splitter =
        Pattern.compile(
            "\\s?" + arguments.text("section_spliter").strip() + "\\s?\\d+\\s?",
            Pattern.UNICODE_CHARACTER_CLASS);
    return response -> count(splitter, response) >= wanted;
  }

  /** The marker of a postscript, with a space within or without, begins something. */
  static Instruction postscript(Arguments arguments) {
    String marker = arguments.text("postscript_marker").strip();
    String regex =
        switch (marker) {
          case "P.P.S" -> "\\s*p\\.\\s?p\\.\\s?s.*$";
          case "P.S." -> "\\s*p\\.\\s?s\\..*$";
          default -> "\\s*" + marker.toLowerCase(Locale.ROOT) + ".*$";
        };
    Pattern pattern = multiline(regex);
    return response -> pattern.matcher(response.toLowerCase(Locale.ROOT)).find();
  }

  static Instruction constrainedResponse(Arguments arguments) {
    return response -> CONSTRAINED.stream().anyMatch(response::contains);
  }

  /** Nothing but JSON, in a fence of Markdown or not. */
  static Instruction jsonFormat(Arguments arguments) {
    return response -> {
      String text = response.strip();
      for (String fence : List.of("```json", "```Json", "```JSON", "```")) {
        text = text.startsWith(fence) ? text.substring(fence.length()) : text;
      }
      text = text.endsWith("```") ? text.substring(0, text.length() - 3) : text;
      try {
        return !JSON.readTree(text.strip()).isMissingNode();
      } catch (JsonProcessingException notJson) {
        return false;
      }
    };
  }

  /** A title in double angular brackets. */
  static Instruction title(Arguments arguments) {
    return response ->
        TITLE
            .matcher(response)
            .results()
            .anyMatch(
                match -> !match.group().replaceFirst("^<+", "").replaceFirst(">+$", "").isBlank());
  }

  /** Two different responses with six asterisks between. */
  static Instruction twoResponses(Arguments arguments) {
    return response -> {
      List<String> found = new ArrayList<>();
      String[] parts = response.split(Pattern.quote(RESPONSE_DIVIDER), -1);
      for (int i = 0; i < parts.length; i++) {
        if (!parts[i].isBlank()) {
          found.add(parts[i].strip());
        } else if (i > 0 && i < parts.length - 1) {
          return false;
        }
      }
      return found.size() == 2 && !found.getFirst().equals(found.getLast());
    };
  }

  static Instruction repeatPrompt(Arguments arguments) {
    String prompt = arguments.text("prompt_to_repeat").strip().toLowerCase(Locale.ROOT);
    return response -> response.strip().toLowerCase(Locale.ROOT).startsWith(prompt);
  }

  /** Quotes behind the phrase do not matter. */
  static Instruction endChecker(Arguments arguments) {
    String phrase = arguments.text("end_phrase").strip().toLowerCase(Locale.ROOT);
    return response ->
        response.strip().replaceFirst("\"+$", "").toLowerCase(Locale.ROOT).endsWith(phrase);
  }

  /** The whole response stands in double quotes. */
  static Instruction quotation(Arguments arguments) {
    return response -> {
      String text = response.strip();
      return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    };
  }
}
