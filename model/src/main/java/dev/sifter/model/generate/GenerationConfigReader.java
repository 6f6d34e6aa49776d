package dev.sifter.model.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads {@code generation_config.json}, and says what of it has no effect here. */
public final class GenerationConfigReader {
  private static final String FILE = "generation_config.json";

  /** Settings that texts follow here. */
  private static final Set<String> FOLLOWED =
      Set.of(
          "max_new_tokens",
          "max_length",
          "min_new_tokens",
          "min_length",
          "do_sample",
          "temperature",
          "top_k",
          "top_p",
          "min_p",
          "repetition_penalty",
          "no_repeat_ngram_size",
          "eos_token_id",
          "stop_strings");

  /** Settings that change no text in transformers but for one value, which has no equal here. */
  private static final Map<String, String> ABSENT_IF = Map.of("cache_implementation", "quantized");

  /** Settings that change a text in transformers and have no equal here, in any value but null. */
  private static final List<String> ABSENT =
      List.of(
          "constraints",
          "dola_layers",
          "force_words_ids",
          "max_time",
          "token_healing",
          "watermarking_config");

  /** The same with the number that changes nothing. */
  private static final Map<String, Double> ABSENT_UNLESS =
      Map.of(
          "diversity_penalty", 0.0,
          "num_beam_groups", 1.0,
          "penalty_alpha", 0.0);

  private GenerationConfigReader() {}

  /**
   * What a model folder recommends: {@code generation_config.json}, or where there is none, the end
   * tokens of {@code config.json}.
   *
   * @throws dev.sifter.model.ModelException if the file is no JSON object
   * @throws IllegalArgumentException if a value is out of range
   */
  public static GenerationConfig read(Path folder) {
    for (String name : List.of(FILE, "config.json")) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        ObjectNode json = Json.readObject(file);
        try {
          return of(name.equals(FILE) ? json : onlyEos(json));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
      }
    }
    return GenerationConfig.DEFAULT;
  }

  private static ObjectNode onlyEos(ObjectNode config) {
    ObjectNode only = JsonNodeFactory.instance.objectNode();
    only.set("eos_token_id", config.path("eos_token_id"));
    return only;
  }

  /** The settings of a parsed {@code generation_config.json}. */
  public static GenerationConfig of(ObjectNode json) {
    return over(GenerationConfig.DEFAULT, json);
  }

  /** Settings with those of a JSON object put over them, key by key; null says nothing. */
  public static GenerationConfig over(GenerationConfig base, ObjectNode json) {
    return base.toBuilder()
        .maxNewTokens(json.path("max_new_tokens").asInt(base.maxNewTokens()))
        .maxLength(json.path("max_length").asInt(base.maxLength()))
        .minNewTokens(
            json.hasNonNull("min_new_tokens")
                ? Integer.valueOf(json.path("min_new_tokens").asInt())
                : base.minNewTokens())
        .minLength(json.path("min_length").asInt(base.minLength()))
        .doSample(json.path("do_sample").asBoolean(base.doSample()))
        .temperature(json.path("temperature").asDouble(base.temperature()))
        .topK(json.path("top_k").asInt(base.topK()))
        .topP(json.path("top_p").asDouble(base.topP()))
        .minP(json.path("min_p").asDouble(base.minP()))
        .repetitionPenalty(json.path("repetition_penalty").asDouble(base.repetitionPenalty()))
        .noRepeatNgramSize(json.path("no_repeat_ngram_size").asInt(base.noRepeatNgramSize()))
        .rules(new LogitsRulesReader(json).over(base.rules()))
        .cutoffs(new LogitsRulesReader(json).over(base.cutoffs()))
        .search(new LogitsRulesReader(json).over(base.search()))
        .eosTokenIds(list(json.path("eos_token_id"), JsonNode::asInt, base.eosTokenIds()))
        .stopStrings(list(json.path("stop_strings"), JsonNode::asText, base.stopStrings()))
        .build();
  }

  /** The elements of a list; a single value is a list of one. */
  private static <T> List<T> list(JsonNode node, Function<JsonNode, T> element, List<T> otherwise) {
    if (node.isNull() || node.isMissingNode()) {
      return otherwise;
    }
    List<T> values = new ArrayList<>();
    (node.isArray() ? node : List.of(node)).forEach(value -> values.add(element.apply(value)));
    return values;
  }

  /**
   * What a model folder recommends and Sifter cannot do, a line for each setting; none where a
   * setting says what transformers does without it.
   *
   * @throws dev.sifter.model.ModelException if the file is no JSON object
   */
  public static List<String> withoutEffect(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return List.of();
    }
    return Json.readObject(file).properties().stream()
        .filter(entry -> isMissed(entry.getKey(), entry.getValue()))
        .map(
            entry ->
                "%s: %s is %s, which has no effect here; transformers' texts may differ"
                    .formatted(file, entry.getKey(), entry.getValue()))
        .toList();
  }

  /** All settings that change a text in transformers. */
  public static Set<String> known() {
    Set<String> known = new TreeSet<>(FOLLOWED);
    known.addAll(LogitsRulesReader.NAMES);
    known.addAll(ABSENT);
    known.addAll(ABSENT_IF.keySet());
    known.addAll(ABSENT_UNLESS.keySet());
    return known;
  }

  /** Whether a setting changes a text in transformers, and has no effect here. */
  public static boolean isMissed(String name, JsonNode value) {
    boolean empty = value.isContainerNode() && value.isEmpty();
    if (value.isNull() || empty || (value.isBoolean() && !value.booleanValue())) {
      return false;
    }
    String telling = ABSENT_IF.get(name);
    if (telling != null) {
      return telling.equals(value.asText());
    }
    Double neutral = ABSENT_UNLESS.get(name);
    return neutral == null ? ABSENT.contains(name) : value.asDouble() != neutral;
  }
}
