package dev.sifter.train.eval;

import static dev.sifter.train.options.OptionChecks.require;

import dev.sifter.model.generate.GenerationConfig;

/**
 * Options of an evaluation; defaults are the harness's.
 *
 * @param limit records of each task at most, or below 1 their share; 0 for all
 * @param numFewshot examples before each record; −1 for what the task says
 * @param fewshotSeed seed of the random examples
 * @param bootstrapIterations of standard errors that need a bootstrap; 0 for no standard errors
 * @param systemInstruction text of the system message; empty for none
 * @param fewshotAsMultiturn whether examples are turns of a chat; only with a chat template
 * @param maxBatchTokens tokens in one pass at most, unless one text is longer
 * @param maxBatchSize texts in one pass at most
 * @param maxLength tokens that the model reads at once; 0 for all of its context
 * @param predictOnly whether answers are wanted, and no figures
 * @param generation the model's own settings, which hold where a task says nothing; and the seed of
 *     sampling
 */
public record EvalOptions(
    double limit,
    int numFewshot,
    long fewshotSeed,
    int bootstrapIterations,
    String systemInstruction,
    boolean fewshotAsMultiturn,
    int maxBatchTokens,
    int maxBatchSize,
    int maxLength,
    boolean predictOnly,
    GenerationConfig generation) {

  /** All records, examples as the tasks say. */
  public static final EvalOptions DEFAULT =
      new EvalOptions(
          0,
          -1,
          1234,
          100_000,
          "",
          false,
          4096,
          Integer.MAX_VALUE,
          0,
          false,
          GenerationConfig.DEFAULT);

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option that is out of range
   */
  public EvalOptions {
    require(
        limit >= 0 && (limit <= 1 || limit == Math.rint(limit)),
        "limit",
        limit,
        "be a number of records, or a share of them between 0 and 1");
    require(numFewshot >= -1, "num_fewshot", numFewshot, "be -1 or more");
    require(bootstrapIterations >= 0, "bootstrap_iters", bootstrapIterations, "be 0 or more");
    require(maxBatchTokens >= 1, "max_batch_tokens", maxBatchTokens, "be 1 or more");
    require(maxBatchSize >= 1, "batch_size", maxBatchSize, "be 1 or more");
    require(maxLength >= 0, "max_length", maxLength, "be 0 or more");
  }

  /** How many of a task's records are scored. */
  int records(int available) {
    if (limit == 0) {
      return available;
    }
    return limit < 1 ? (int) Math.ceil(available * limit) : (int) Math.min(limit, available);
  }

  /** These options, to be changed. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** With at most so many records of each task; 0 for all. */
  public EvalOptions withLimit(double value) {
    return toBuilder().limit(value).build();
  }

  /** With so many examples before each record, whatever the tasks say. */
  public EvalOptions withNumFewshot(int value) {
    return toBuilder().numFewshot(value).build();
  }

  /** With other bootstrap iterations. */
  public EvalOptions withBootstrapIterations(int value) {
    return toBuilder().bootstrapIterations(value).build();
  }

  /** With a system message, and examples as turns of a chat or not. */
  public EvalOptions withChat(String system, boolean multiturn) {
    return toBuilder().systemInstruction(system).fewshotAsMultiturn(multiturn).build();
  }

  /** With batches of another size. */
  public EvalOptions withMaxBatchTokens(int value) {
    return toBuilder().maxBatchTokens(value).build();
  }

  /** With the model's own generation settings. */
  public EvalOptions withGeneration(GenerationConfig value) {
    return toBuilder().generation(value).build();
  }

  /** Changes options; what is not set stays as it was. */
  public static final class Builder {
    private double limit;
    private int numFewshot;
    private long fewshotSeed;
    private int bootstrapIterations;
    private String systemInstruction;
    private boolean fewshotAsMultiturn;
    private int maxBatchTokens;
    private int maxBatchSize;
    private int maxLength;
    private boolean predictOnly;
    private GenerationConfig generation;

    private Builder(EvalOptions options) {
      limit = options.limit;
      numFewshot = options.numFewshot;
      fewshotSeed = options.fewshotSeed;
      bootstrapIterations = options.bootstrapIterations;
      systemInstruction = options.systemInstruction;
      fewshotAsMultiturn = options.fewshotAsMultiturn;
      maxBatchTokens = options.maxBatchTokens;
      maxBatchSize = options.maxBatchSize;
      maxLength = options.maxLength;
      predictOnly = options.predictOnly;
      generation = options.generation;
    }

    /** Sets {@link EvalOptions#limit}. */
    public Builder limit(double value) {
      limit = value;
      return this;
    }

    /** Sets {@link EvalOptions#numFewshot}. */
    public Builder numFewshot(int value) {
      numFewshot = value;
      return this;
    }

    /** Sets {@link EvalOptions#fewshotSeed}. */
    public Builder fewshotSeed(long value) {
      fewshotSeed = value;
      return this;
    }

    /** Sets {@link EvalOptions#bootstrapIterations}. */
    public Builder bootstrapIterations(int value) {
      bootstrapIterations = value;
      return this;
    }

    /** Sets {@link EvalOptions#systemInstruction}. */
    public Builder systemInstruction(String value) {
      systemInstruction = value;
      return this;
    }

    /** Sets {@link EvalOptions#fewshotAsMultiturn}. */
    public Builder fewshotAsMultiturn(boolean value) {
      fewshotAsMultiturn = value;
      return this;
    }

    /** Sets {@link EvalOptions#maxBatchTokens}. */
    public Builder maxBatchTokens(int value) {
      maxBatchTokens = value;
      return this;
    }

    /** Sets {@link EvalOptions#maxBatchSize}. */
    public Builder maxBatchSize(int value) {
      maxBatchSize = value;
      return this;
    }

    /** Sets {@link EvalOptions#maxLength}. */
    public Builder maxLength(int value) {
      maxLength = value;
      return this;
    }

    /** Sets {@link EvalOptions#predictOnly}. */
    public Builder predictOnly(boolean value) {
      predictOnly = value;
      return this;
    }

    /** Sets {@link EvalOptions#generation}. */
    public Builder generation(GenerationConfig value) {
      generation = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException naming the option that is out of range
     */
    public EvalOptions build() {
      return new EvalOptions(
          limit,
          numFewshot,
          fewshotSeed,
          bootstrapIterations,
          systemInstruction,
          fewshotAsMultiturn,
          maxBatchTokens,
          maxBatchSize,
          maxLength,
          predictOnly,
          generation);
    }
  }
}
