package dev.sifter.model.generate;

import java.util.List;

/**
 * How text is generated; names and defaults are those of {@code generation_config.json}.
 *
 * @param maxNewTokens tokens generated at most; 0 for as many as the context has room for
 * @param maxLength the same with the prompt's tokens, where max_new_tokens says nothing; 0 for no
 *     such rule
 * @param minNewTokens before so many tokens no end token is chosen; null where it says nothing
 * @param minLength the same with the prompt's tokens, where min_new_tokens says nothing
 * @param doSample whether tokens are drawn at random; else each is the most probable one
 * @param temperature logits are divided by it; sampling only
 * @param topK only the k most probable tokens are drawn from; 0 for all; sampling only
 * @param topP only the least set of tokens whose probabilities add up to this; sampling only
 * @param minP only tokens at least this fraction as probable as the most probable one; 0 for all;
 *     sampling only
 * @param repetitionPenalty logits of tokens that the sequence has are divided by it where positive,
 *     multiplied where negative; 1 for none
 * @param noRepeatNgramSize no sequence of this many tokens occurs twice; 0 for no such rule
 * @param rules what else is done to logits
 * @param cutoffs what else keeps improbable tokens from being drawn; sampling only
 * @param search how many answers a prompt gets, and how they are searched for
 * @param eosTokenIds tokens that end a sequence
 * @param stopStrings texts that end a sequence; they and what follows are cut off
 * @param seed of the random numbers; answer i of a batch has its stream i
 */
public record GenerationConfig(
    int maxNewTokens,
    int maxLength,
    Integer minNewTokens,
    int minLength,
    boolean doSample,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    int noRepeatNgramSize,
    LogitsRules rules,
    Cutoffs cutoffs,
    SearchRules search,
    List<Integer> eosTokenIds,
    List<String> stopStrings,
    long seed) {

  /** Transformers' defaults: greedy; and, once sampling is on, from the 50 most probable tokens. */
  public static final GenerationConfig DEFAULT =
      new GenerationConfig(
          0,
          0,
          null,
          0,
          false,
          1,
          50,
          1,
          0,
          1,
          0,
          LogitsRules.NONE,
          Cutoffs.NONE,
          SearchRules.ONE,
          List.of(),
          List.of(),
          0);

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option that is out of range
   */
  public GenerationConfig {
    Settings.check(
        maxNewTokens >= 0, "max_new_tokens", maxNewTokens, "0 (to the context's end) or more");
    Settings.check(maxLength >= 0, "max_length", maxLength, "0 (no rule) or more");
    Settings.check(
        minNewTokens == null || minNewTokens >= 0,
        "min_new_tokens",
        minNewTokens,
        "0 (no rule) or more");
    Settings.check(minLength >= 0, "min_length", minLength, "0 (no rule) or more");
    Settings.check(
        !doSample || (temperature > 0 && temperature < Double.POSITIVE_INFINITY),
        "temperature",
        temperature,
        "positive; for greedy decoding set do_sample to false");
    Settings.check(topK >= 0, "top_k", topK, "0 (all tokens) or more");
    Settings.check(topP >= 0 && topP <= 1, "top_p", topP, "between 0 and 1");
    Settings.check(minP >= 0 && minP <= 1, "min_p", minP, "between 0 and 1");
    Settings.check(
        repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY,
        "repetition_penalty",
        repetitionPenalty,
        "positive; 1 means none");
    Settings.check(
        noRepeatNgramSize >= 0, "no_repeat_ngram_size", noRepeatNgramSize, "0 (no rule) or more");
    Settings.check(
        stopStrings.stream().noneMatch(String::isEmpty), "stop", stopStrings, "not empty");
    eosTokenIds = List.copyOf(eosTokenIds);
    stopStrings = List.copyOf(stopStrings);
  }

  /**
   * New tokens that a prompt of so many tokens may get: max_new_tokens, or else what max_length
   * leaves; 0 for as many as the context has room for.
   *
   * @throws IllegalArgumentException if max_length leaves none
   */
  public int newTokens(int promptLength) {
    if (maxNewTokens > 0 || maxLength == 0) {
      return maxNewTokens;
    }
    if (promptLength >= maxLength) {
      throw new IllegalArgumentException(
          "max_length is %d and the prompt has %d tokens: nothing is left; set max_new_tokens"
              .formatted(maxLength, promptLength));
    }
    return maxLength - promptLength;
  }

  /** Tokens, prompt included, that a sequence must have before an end token may be chosen. */
  int earliestEnd(int promptLength) {
    return minNewTokens == null ? minLength : promptLength + minNewTokens;
  }

  /** A builder that begins with these values. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Changes single values of a configuration. */
  public static final class Builder {
    private int maxNewTokens;
    private int maxLength;
    private Integer minNewTokens;
    private int minLength;
    private boolean doSample;
    private double temperature;
    private int topK;
    private double topP;
    private double minP;
    private double repetitionPenalty;
    private int noRepeatNgramSize;
    private LogitsRules rules;
    private Cutoffs cutoffs;
    private SearchRules search;
    private List<Integer> eosTokenIds;
    private List<String> stopStrings;
    private long seed;

    private Builder(GenerationConfig from) {
      maxNewTokens = from.maxNewTokens;
      maxLength = from.maxLength;
      minNewTokens = from.minNewTokens;
      minLength = from.minLength;
      doSample = from.doSample;
      temperature = from.temperature;
      topK = from.topK;
      topP = from.topP;
      minP = from.minP;
      repetitionPenalty = from.repetitionPenalty;
      noRepeatNgramSize = from.noRepeatNgramSize;
      rules = from.rules;
      cutoffs = from.cutoffs;
      search = from.search;
      eosTokenIds = from.eosTokenIds;
      stopStrings = from.stopStrings;
      seed = from.seed;
    }

    /** Tokens generated at most; 0 for as many as the context has room for. */
    public Builder maxNewTokens(int value) {
      maxNewTokens = value;
      return this;
    }

    /** Tokens of a sequence at most, prompt included; 0 for no such rule. */
    public Builder maxLength(int value) {
      maxLength = value;
      return this;
    }

    /** New tokens before which no end token is chosen; null leaves that to minLength. */
    public Builder minNewTokens(Integer value) {
      minNewTokens = value;
      return this;
    }

    /** Tokens, prompt included, before which no end token is chosen. */
    public Builder minLength(int value) {
      minLength = value;
      return this;
    }

    /** Whether tokens are drawn at random. */
    public Builder doSample(boolean value) {
      doSample = value;
      return this;
    }

    /** Divides logits. */
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /** Number of most probable tokens to draw from; 0 for all. */
    public Builder topK(int value) {
      topK = value;
      return this;
    }

    /** Probability mass to draw from. */
    public Builder topP(double value) {
      topP = value;
      return this;
    }

    /** Least probability, as a fraction of the largest. */
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /** Penalty on tokens that occurred. */
    public Builder repetitionPenalty(double value) {
      repetitionPenalty = value;
      return this;
    }

    /** Length of token sequences that may not occur twice. */
    public Builder noRepeatNgramSize(int value) {
      noRepeatNgramSize = value;
      return this;
    }

    /** What else is done to logits. */
    public Builder rules(LogitsRules value) {
      rules = value;
      return this;
    }

    /** What else keeps improbable tokens from being drawn. */
    public Builder cutoffs(Cutoffs value) {
      cutoffs = value;
      return this;
    }

    /** How many answers there are, and how they are searched for. */
    public Builder search(SearchRules value) {
      search = value;
      return this;
    }

    /** Tokens that end a sequence. */
    public Builder eosTokenIds(List<Integer> value) {
      eosTokenIds = value;
      return this;
    }

    /** Texts that end a sequence. */
    public Builder stopStrings(List<String> value) {
      stopStrings = value;
      return this;
    }

    /** Seed of the random numbers. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** The configuration, checked. */
    public GenerationConfig build() {
      return new GenerationConfig(
          maxNewTokens,
          maxLength,
          minNewTokens,
          minLength,
          doSample,
          temperature,
          topK,
          topP,
          minP,
          repetitionPenalty,
          noRepeatNgramSize,
          rules,
          cutoffs,
          search,
          eosTokenIds,
          stopStrings,
          seed);
    }
  }
}
