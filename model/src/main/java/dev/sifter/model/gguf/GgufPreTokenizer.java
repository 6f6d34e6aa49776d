package dev.sifter.model.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is done to a text before its pieces are merged. A GGUF file says it by a name that llama.cpp
 * knows, or not at all, so that a tokenizer must do exactly what one of these does: any other would
 * get other ids there.
 */
final class GgufPreTokenizer {
  /** Spells the bytes of a text; unless told not to, cuts GPT-2's words first. */
  private static final String BYTES = "ByteLevel";

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String DIGIT = "\\p{N}";
  private static final String LLAMA3 = words("\\p{N}{1,3}");
  private static final String QWEN2 = words(DIGIT);

  /** Llama 3 and smaug cut alike; a piece that is a token as it is stays whole in the first. */
  private static final List<Family> FAMILIES =
      List.of(
          new Family("gpt-2", List.of(GPT2, BYTES), false, false),
          new Family("olmo", List.of(GPT2, BYTES), false, true),
          new Family("smollm", List.of(DIGIT, GPT2, BYTES), false, false),
          new Family("command-r", List.of(DIGIT, GPT2, BYTES), false, true),
          new Family("llama-bpe", List.of(LLAMA3, BYTES), true, false),
          new Family("smaug-bpe", List.of(LLAMA3, BYTES), false, false),
          new Family("qwen2", List.of(QWEN2, BYTES), false, true));

  private static final String SPACE_MARK = "\u2581";

  private final Path file;
  private final JsonNode normalizer;
  private final JsonNode preTokenizer;
  private final boolean ignoresMerges;

  /**
   * A name that llama.cpp knows.
   *
   * @param steps expressions that a text is cut with, one after the other, and when it is spelled
   * @param ignoresMerges whether a piece that is a token as it is needs no merges
   * @param mayCompose whether its files may ask for NFC, which llama.cpp's converter passes over
   */
  private record Family(
      String name, List<String> steps, boolean ignoresMerges, boolean mayCompose) {}

  /** What a tokenizer does, of {@code tokenizer.json}. */
  GgufPreTokenizer(Path file, ObjectNode tokenizer) {
    this.file = file;
    this.normalizer = tokenizer.path("normalizer");
    this.preTokenizer = tokenizer.path("pre_tokenizer");
    this.ignoresMerges = tokenizer.path("model").path("ignore_merges").asBoolean(false);
  }

  private static String words(String numbers) {
    return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        + numbers
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  /**
   * The name of what a byte-level tokenizer does.
   *
   * @throws ModelException if it has none
   */
  String name() {
    List<String> steps = new ArrayList<>();
    for (JsonNode step : steps(preTokenizer, "pretokenizers")) {
      if (!isCut(step)) {
        throw unknown("pre_tokenizer", step);
      }
      if (step.path("use_regex").asBoolean(true)) {
        steps.add(expression(step));
      }
      if (step.path("type").asText().equals(BYTES)) {
        steps.add(BYTES);
      }
    }
    List<JsonNode> normalizers = steps(normalizer, "normalizers");
    for (JsonNode step : normalizers) {
      if (!step.path("type").asText().equals("NFC")) {
        throw unknown("normalizer", step);
      }
    }
    List<Family> known =
        FAMILIES.stream()
            .filter(family -> family.steps.equals(steps) && family.ignoresMerges == ignoresMerges)
            .toList();
    if (known.isEmpty()) {
      throw unknown("pre_tokenizer", preTokenizer);
    }
    return known.stream()
        .filter(family -> normalizers.isEmpty() || family.mayCompose)
        .findFirst()
        .orElseThrow(() -> unknown("normalizer", normalizer))
        .name;
  }

  /** The expression that a step cuts a text with. */
  private static String expression(JsonNode step) {
    return switch (step.path("type").asText()) {
      case BYTES -> GPT2;
      case "Digits" -> DIGIT;
      default -> step.path("pattern").path("Regex").asText();
    };
  }

  /** Whether a step only cuts a text, by a rule that is an expression, and loses nothing of it. */
  private static boolean isCut(JsonNode step) {
    return switch (step.path("type").asText()) {
      case BYTES -> !step.path("add_prefix_space").asBoolean(true);
      case "Digits" -> step.path("individual_digits").asBoolean(false);
      case "Split" ->
          step.path("behavior").asText().equals("Isolated")
              && !step.path("invert").asBoolean(false);
      default -> false;
    };
  }

  /**
   * Whether a tokenizer of pieces puts a space before a text.
   *
   * @throws ModelException if it does more to a text than that, and marking spaces
   */
  boolean addsSpace() {
    List<JsonNode> normalizers = steps(normalizer, "normalizers");
    List<JsonNode> cuts = steps(preTokenizer, "pretokenizers");
    if (normalizers.isEmpty() && cuts.size() == 1 && isMetaspace(cuts.getFirst())) {
      JsonNode scheme = cuts.getFirst().path("prepend_scheme");
      return scheme.isMissingNode()
          ? cuts.getFirst().path("add_prefix_space").asBoolean(true)
          : !scheme.asText().equals("never");
    }
    if (!cuts.stream().allMatch(GgufPreTokenizer::isAtSpaces)) {
      throw unknown("pre_tokenizer", preTokenizer);
    }
    boolean prepends = !normalizers.isEmpty() && isPrepend(normalizers.getFirst());
    List<JsonNode> others = normalizers.subList(prepends ? 1 : 0, normalizers.size());
    if (others.size() != 1 || !isReplace(others.getFirst())) {
      throw unknown("normalizer", normalizer);
    }
    return prepends;
  }

  private static boolean isMetaspace(JsonNode step) {
    return step.path("type").asText().equals("Metaspace")
        && step.path("replacement").asText().equals(SPACE_MARK)
        && !step.path("split").asBoolean(true);
  }

  /** Gemma's cut, which finds no space any more where the normalizer has marked them all. */
  private static boolean isAtSpaces(JsonNode step) {
    return step.path("type").asText().equals("Split")
        && step.path("pattern").path("String").asText().equals(" ");
  }

  private static boolean isPrepend(JsonNode step) {
    return step.path("type").asText().equals("Prepend")
        && step.path("prepend").asText().equals(SPACE_MARK);
  }

  private static boolean isReplace(JsonNode step) {
    return step.path("type").asText().equals("Replace")
        && step.path("pattern").path("String").asText().equals(" ")
        && step.path("content").asText().equals(SPACE_MARK);
  }

  /** The components, of which a sequence has many. */
  private static List<JsonNode> steps(JsonNode component, String parts) {
    if (component.isNull() || component.isMissingNode()) {
      return List.of();
    }
    if (!component.path("type").asText().equals("Sequence")) {
      return List.of(component);
    }
    List<JsonNode> steps = new ArrayList<>();
    component.path(parts).forEach(part -> steps.addAll(steps(part, parts)));
    return steps;
  }

  private ModelException unknown(String what, JsonNode component) {
    String names = FAMILIES.stream().map(Family::name).collect(Collectors.joining(", "));
    return new ModelException(
        ("%s: llama.cpp knows by name what is done to a text, and has no name for this %s: %s%s;"
                + " it has %s and llama; export to hf instead")
            .formatted(file, what, component, ignoresMerges ? ", ignore_merges" : "", names));
  }
}
