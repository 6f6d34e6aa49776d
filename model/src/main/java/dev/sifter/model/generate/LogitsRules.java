package dev.sifter.model.generate;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is done to logits in greedy decoding and in sampling alike, beside {@link
 * GenerationConfig}'s own penalties; names and defaults are those of {@code
 * generation_config.json}.
 *
 * @param guidanceScale how much an answer follows from its prompt, see {@link Guidance}; 1 for as
 *     the model has it
 * @param suppressTokens tokens that are never chosen
 * @param beginSuppressTokens tokens that an answer does not begin with
 * @param badWordsIds runs of tokens that do not occur; an end token alone is no such run
 * @param sequenceBias what is added to the logit of a run's last token where the rest stands before
 *     it; the last of equal runs counts
 * @param forcedBosTokenId the token after a prompt of a single token; null for none
 * @param forcedEosTokenId of these one is the last token that there is room for; empty for none
 * @param lengthPenalty how end tokens gain with the length; null for none
 * @param encoderRepetitionPenalty logits of the prompt's tokens are multiplied by it where
 *     positive, divided where negative; 1 for none
 * @param encoderNoRepeatNgramSize no run of so many tokens of the prompt occurs again; 0 for no
 *     such rule
 * @param removeInvalidValues whether logits that are no finite numbers are made so
 * @param renormalizeLogits whether logits become logarithms of probabilities in the end
 */
public record LogitsRules(
    double guidanceScale,
    List<Integer> suppressTokens,
    List<Integer> beginSuppressTokens,
    List<List<Integer>> badWordsIds,
    List<Bias> sequenceBias,
    Integer forcedBosTokenId,
    List<Integer> forcedEosTokenId,
    LengthPenalty lengthPenalty,
    double encoderRepetitionPenalty,
    int encoderNoRepeatNgramSize,
    boolean removeInvalidValues,
    boolean renormalizeLogits) {

  /** No rule. */
  public static final LogitsRules NONE =
      new LogitsRules(
          1, List.of(), List.of(), List.of(), List.of(), null, List.of(), null, 1, 0, false, false);

  /**
   * What is added to a logit.
   *
   * @param run tokens; the logit is the last one's
   */
  public record Bias(List<Integer> run, double bias) {}

  /**
   * {@code exponential_decay_length_penalty}: n tokens after the start, an end token's logit x
   * becomes x + |x| (factorⁿ − 1).
   *
   * @param start counted in new tokens
   */
  public record LengthPenalty(int start, double factor) {}

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the setting that is out of range
   */
  public LogitsRules {
    suppressTokens = List.copyOf(suppressTokens);
    beginSuppressTokens = List.copyOf(beginSuppressTokens);
    badWordsIds = badWordsIds.stream().map(List::copyOf).toList();
    sequenceBias = List.copyOf(sequenceBias);
    forcedEosTokenId = List.copyOf(forcedEosTokenId);
    checkRuns("bad_words_ids", badWordsIds.stream());
    checkRuns("sequence_bias", sequenceBias.stream().map(Bias::run));
    checkForced(
        "forced_bos_token_id", Stream.ofNullable(forcedBosTokenId).toList(), suppressTokens);
    checkForced("forced_eos_token_id", forcedEosTokenId, suppressTokens);
    Settings.check(
        Double.isFinite(guidanceScale), "guidance_scale", guidanceScale, "a finite number");
    Settings.check(
        encoderRepetitionPenalty > 0 && encoderRepetitionPenalty < Double.POSITIVE_INFINITY,
        "encoder_repetition_penalty",
        encoderRepetitionPenalty,
        "positive; 1 means none");
    Settings.check(
        encoderNoRepeatNgramSize >= 0,
        "encoder_no_repeat_ngram_size",
        encoderNoRepeatNgramSize,
        "0 (no rule) or more");
  }

  private static void checkRuns(String name, Stream<List<Integer>> runs) {
    runs.forEach(
        run ->
            Settings.check(
                !run.isEmpty() && run.stream().allMatch(id -> id >= 0),
                "a run of " + name,
                run,
                "one token id or more, none below 0"));
  }

  private static void checkForced(String name, List<Integer> forced, List<Integer> suppressed) {
    Settings.check(forced.stream().allMatch(id -> id >= 0), name, forced, "0 or more");
    Set<Integer> all = new HashSet<>(suppressed);
    if (!forced.isEmpty() && all.containsAll(forced)) {
      throw new IllegalArgumentException(
          "suppress_tokens holds all of %s %s: no token would be left; take one out of either"
              .formatted(name, forced));
    }
  }

  /**
   * Refuses ids that are no token's.
   *
   * @throws IllegalArgumentException naming the setting and the id
   */
  void checkVocabulary(int vocabSize) {
    badWordsIds.forEach(run -> checkTokens("bad_words_ids", run, vocabSize));
    sequenceBias.forEach(bias -> checkTokens("sequence_bias", bias.run(), vocabSize));
    checkTokens("forced_bos_token_id", Stream.ofNullable(forcedBosTokenId).toList(), vocabSize);
    checkTokens("forced_eos_token_id", forcedEosTokenId, vocabSize);
  }

  private static void checkTokens(String name, Collection<Integer> tokens, int vocabSize) {
    for (int token : tokens) {
      if (token >= vocabSize) {
        throw new IllegalArgumentException(
            "%s holds token %d, but the model has %d tokens".formatted(name, token, vocabSize));
      }
    }
  }
}
