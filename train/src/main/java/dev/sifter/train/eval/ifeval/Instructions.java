package dev.sifter.train.eval.ifeval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/** The instructions of the data set, by their names in it. */
public final class Instructions {
  private static final Map<String, Function<Arguments, Instruction>> BY_NAME =
      Map.ofEntries(
          Map.entry("keywords:existence", KeywordChecks::existence),
          Map.entry("keywords:frequency", KeywordChecks::frequency),
          Map.entry("keywords:forbidden_words", KeywordChecks::forbiddenWords),
          Map.entry("keywords:letter_frequency", KeywordChecks::letterFrequency),
          Map.entry("language:response_language", CaseChecks::responseLanguage),
          Map.entry("length_constraints:number_sentences", LengthChecks::numberSentences),
          Map.entry("length_constraints:number_paragraphs", LengthChecks::numberParagraphs),
          Map.entry("length_constraints:number_words", LengthChecks::numberWords),
          Map.entry(
              "length_constraints:nth_paragraph_first_word", LengthChecks::nthParagraphFirstWord),
          Map.entry("detectable_content:number_placeholders", FormatChecks::numberPlaceholders),
          Map.entry("detectable_content:postscript", FormatChecks::postscript),
          Map.entry("detectable_format:number_bullet_lists", FormatChecks::numberBulletLists),
          Map.entry("detectable_format:constrained_response", FormatChecks::constrainedResponse),
          Map.entry(
              "detectable_format:number_highlighted_sections",
              FormatChecks::numberHighlightedSections),
          Map.entry("detectable_format:multiple_sections", FormatChecks::multipleSections),
          Map.entry("detectable_format:json_format", FormatChecks::jsonFormat),
          Map.entry("detectable_format:title", FormatChecks::title),
          Map.entry("combination:two_responses", FormatChecks::twoResponses),
          Map.entry("combination:repeat_prompt", FormatChecks::repeatPrompt),
          Map.entry("startend:end_checker", FormatChecks::endChecker),
          Map.entry("startend:quotation", FormatChecks::quotation),
          Map.entry("change_case:capital_word_frequency", CaseChecks::capitalWordFrequency),
          Map.entry("change_case:english_capital", CaseChecks::englishCapital),
          Map.entry("change_case:english_lowercase", CaseChecks::englishLowercase),
          Map.entry("punctuation:no_comma", KeywordChecks::noComma));

  private Instructions() {}

  /**
   * An instruction.
   *
   * @param name as {@code instruction_id_list} has it
   * @param arguments its entry of {@code kwargs}
   * @throws IllegalArgumentException if there is no such instruction, or an argument is missing
   */
  public static Instruction of(String name, JsonNode arguments) {
    Function<Arguments, Instruction> maker = BY_NAME.get(name);
    if (maker == null) {
      throw new IllegalArgumentException(
          "the instruction '%s' is unknown; there are %s"
              .formatted(name, new TreeSet<>(BY_NAME.keySet())));
    }
    return maker.apply(new Arguments(name, arguments));
  }
}
