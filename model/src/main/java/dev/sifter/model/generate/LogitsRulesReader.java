package dev.sifter.model.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.generate.LogitsRules.Bias;
import dev.sifter.model.generate.LogitsRules.LengthPenalty;
import dev.sifter.model.generate.SearchRules.EarlyStopping;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@link LogitsRules}, {@link Cutoffs} and {@link SearchRules} from a JSON object; null says
 * nothing.
 */
final class LogitsRulesReader {
  /** The settings that it reads. */
  static final List<String> NAMES =
      List.of(
          "guidance_scale",
          "suppress_tokens",
          "begin_suppress_tokens",
          "bad_words_ids",
          "sequence_bias",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "exponential_decay_length_penalty",
          "encoder_repetition_penalty",
          "encoder_no_repeat_ngram_size",
          "remove_invalid_values",
          "renormalize_logits",
          "top_h",
          "typical_p",
          "epsilon_cutoff",
          "eta_cutoff",
          "num_beams",
          "num_return_sequences",
          "length_penalty",
          "early_stopping");

  private final ObjectNode json;

  LogitsRulesReader(ObjectNode json) {
    this.json = json;
  }

  /**
   * Rules with those of the object put over them, key by key.
   *
   * @throws IllegalArgumentException naming the setting that has no such form or range
   */
  LogitsRules over(LogitsRules base) {
    return new LogitsRules(
        json.path("guidance_scale").asDouble(base.guidanceScale()),
        tokens("suppress_tokens", base.suppressTokens()),
        tokens("begin_suppress_tokens", base.beginSuppressTokens()),
        has("bad_words_ids") ? badWords() : base.badWordsIds(),
        has("sequence_bias") ? biases() : base.sequenceBias(),
        has("forced_bos_token_id") ? forcedBos() : base.forcedBosTokenId(),
        tokens("forced_eos_token_id", base.forcedEosTokenId()),
        has("exponential_decay_length_penalty") ? lengthPenalty() : base.lengthPenalty(),
        json.path("encoder_repetition_penalty").asDouble(base.encoderRepetitionPenalty()),
        json.path("encoder_no_repeat_ngram_size").asInt(base.encoderNoRepeatNgramSize()),
        json.path("remove_invalid_values").asBoolean(base.removeInvalidValues()),
        json.path("renormalize_logits").asBoolean(base.renormalizeLogits()));
  }

  /** The same of cutoffs. */
  Cutoffs over(Cutoffs base) {
    return new Cutoffs(
        has("top_h") ? Double.valueOf(json.path("top_h").asDouble()) : base.topH(),
        json.path("typical_p").asDouble(base.typicalP()),
        json.path("epsilon_cutoff").asDouble(base.epsilonCutoff()),
        json.path("eta_cutoff").asDouble(base.etaCutoff()));
  }

  /** The same of what is said on the search. */
  SearchRules over(SearchRules base) {
    return new SearchRules(
        json.path("num_beams").asInt(base.numBeams()),
        json.path("num_return_sequences").asInt(base.numReturnSequences()),
        json.path("length_penalty").asDouble(base.lengthPenalty()),
        has("early_stopping")
            ? EarlyStopping.of(json.path("early_stopping").asText())
            : base.earlyStopping());
  }

  private boolean has(String name) {
    return json.hasNonNull(name);
  }

  /** A list of token ids; a single id is a list of one. */
  private List<Integer> tokens(String name, List<Integer> otherwise) {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode value = json.path(name);
    return value.isInt() ? List.of(value.intValue()) : run(name, value, "a list of token ids");
  }

  private Integer forcedBos() {
    JsonNode value = json.path("forced_bos_token_id");
    require(value.isInt(), "forced_bos_token_id", "a token id");
    return value.intValue();
  }

  private List<List<Integer>> badWords() {
    String form = "a list of lists of token ids, such as [[5], [3, 7]]";
    List<List<Integer>> words = new ArrayList<>();
    for (JsonNode word : elements("bad_words_ids", form)) {
      words.add(run("bad_words_ids", word, form));
    }
    return words;
  }

  private List<Bias> biases() {
    String form = "a list of runs of token ids, each with its bias, such as [[[3, 7], -2.5]]";
    List<Bias> biases = new ArrayList<>();
    for (JsonNode pair : elements("sequence_bias", form)) {
      require(pair.size() == 2 && pair.path(1).isNumber(), "sequence_bias", form);
      List<Integer> run = run("sequence_bias", pair.path(0), form);
      biases.add(new Bias(run, pair.path(1).doubleValue()));
    }
    return biases;
  }

  private LengthPenalty lengthPenalty() {
    String name = "exponential_decay_length_penalty";
    JsonNode pair = json.path(name);
    require(
        pair.size() == 2 && pair.path(0).isInt() && pair.path(1).isNumber(),
        name,
        "the number of new tokens where it begins and a factor, such as [20, 1.05]");
    return new LengthPenalty(pair.path(0).intValue(), pair.path(1).doubleValue());
  }

  private JsonNode elements(String name, String form) {
    require(json.path(name).isArray(), name, form);
    return json.path(name);
  }

  private List<Integer> run(String name, JsonNode list, String form) {
    require(list.isArray(), name, form);
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : list) {
      require(id.isInt(), name, form);
      ids.add(id.intValue());
    }
    return ids;
  }

  private void require(boolean holds, String name, String form) {
    Settings.check(holds, name, json.path(name), form);
  }
}
