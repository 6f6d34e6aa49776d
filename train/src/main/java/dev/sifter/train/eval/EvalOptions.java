package dev.sifter.train.eval;

import dev.sifter.model.generate.GenerationConfig;

/**
 * Options of an evaluation; defaults are the harness's.
 *
 * @param limit records of each task at most; 0 for all
 * @param numFewshot examples before each record; −1 for what the task says
 * @param fewshotSeed seed of the random examples
 * @param bootstrapIterations of standard errors that need a bootstrap; 0 for no standard errors
 * @param systemInstruction text of the system message; empty for none
 * @param fewshotAsMultiturn whether examples are turns of a chat; only with a chat template
 * @param maxBatchTokens tokens in one pass at most, unless one text is longer
 * @param maxLength tokens that the model reads at once; 0 for all of its context
 * @param generation the model's own settings, for its end tokens and the seed of sampling
 */
public record EvalOptions(
    int limit,
    int numFewshot,
    long fewshotSeed,
    int bootstrapIterations,
    String systemInstruction,
    boolean fewshotAsMultiturn,
    int maxBatchTokens,
    int maxLength,
    GenerationConfig generation) {

  /** All records, examples as the tasks say. */
  public static final EvalOptions DEFAULT =
      new EvalOptions(0, -1, 1234, 100_000, "", false, 4096, 0, GenerationConfig.DEFAULT);

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option that is out of range
   */
  public EvalOptions {
    require(limit >= 0, "limit", limit);
    require(numFewshot >= -1, "num_fewshot", numFewshot);
    require(bootstrapIterations >= 0, "bootstrap_iters", bootstrapIterations);
    require(maxBatchTokens >= 1, "max_batch_tokens", maxBatchTokens);
    require(maxLength >= 0, "max_length", maxLength);
  }

  private static void require(boolean holds, String name, int value) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %d, which is too small".formatted(name, value));
    }
  }

  /** With at most so many records of each task; 0 for all. */
  public EvalOptions withLimit(int value) {
    return new EvalOptions(
        value,
        numFewshot,
        fewshotSeed,
        bootstrapIterations,
        systemInstruction,
        fewshotAsMultiturn,
        maxBatchTokens,
        maxLength,
        generation);
  }

  /** With so many examples before each record, whatever the tasks say. */
  public EvalOptions withNumFewshot(int value) {
    return new EvalOptions(
        limit,
        value,
        fewshotSeed,
        bootstrapIterations,
        systemInstruction,
        fewshotAsMultiturn,
        maxBatchTokens,
        maxLength,
        generation);
  }

  /** With other bootstrap iterations. */
  public EvalOptions withBootstrapIterations(int value) {
    return new EvalOptions(
        limit,
        numFewshot,
        fewshotSeed,
        value,
        systemInstruction,
        fewshotAsMultiturn,
        maxBatchTokens,
        maxLength,
        generation);
  }

  /** With a system message, and examples as turns of a chat or not. */
  public EvalOptions withChat(String system, boolean multiturn) {
    return new EvalOptions(
        limit,
        numFewshot,
        fewshotSeed,
        bootstrapIterations,
        system,
        multiturn,
        maxBatchTokens,
        maxLength,
        generation);
  }

  /** With batches of another size. */
  public EvalOptions withMaxBatchTokens(int value) {
    return new EvalOptions(
        limit,
        numFewshot,
        fewshotSeed,
        bootstrapIterations,
        systemInstruction,
        fewshotAsMultiturn,
        value,
        maxLength,
        generation);
  }

  /** With the model's own generation settings. */
  public EvalOptions withGeneration(GenerationConfig value) {
    return new EvalOptions(
        limit,
        numFewshot,
        fewshotSeed,
        bootstrapIterations,
        systemInstruction,
        fewshotAsMultiturn,
        maxBatchTokens,
        maxLength,
        value);
  }
}
