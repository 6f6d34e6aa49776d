package dev.sifter.train.cli;

import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.train.eval.EvalOptions;
import picocli.CommandLine.Option;

/** The options of an evaluation, with the harness's names and defaults. */
final class EvalCommandOptions {
  @Option(names = "--limit", paramLabel = "N", description = "Records of each task at most.")
  private Integer limit;

  @Option(
      names = {"--num-fewshot", "--num_fewshot"},
      paramLabel = "N",
      description = "Examples before each record; by default as the tasks say.")
  private Integer numFewshot;

  @Option(
      names = {"--apply-chat-template", "--apply_chat_template"},
      description = "Make every prompt a conversation.")
  private boolean applyChatTemplate;

  @Option(
      names = {"--fewshot-as-multiturn", "--fewshot_as_multiturn"},
      description = "Make the examples turns of the conversation.")
  private boolean fewshotAsMultiturn;

  @Option(
      names = {"--system-instruction", "--system_instruction"},
      paramLabel = "TEXT",
      defaultValue = "",
      description = "A system message.")
  private String systemInstruction;

  @Option(
      names = {"--max-batch-tokens", "--max_batch_tokens"},
      paramLabel = "N",
      description = "Tokens in one pass at most: more are faster and take more memory.")
  private Integer maxBatchTokens;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of random examples (by default 1234) and of sampling (by default 0).")
  private Long seed;

  /** Whether prompts are conversations. */
  boolean applyChatTemplate() {
    return applyChatTemplate;
  }

  /**
   * The options for one model.
   *
   * @param generation the model's own settings
   * @throws IllegalArgumentException naming the option that is out of range
   */
  EvalOptions toEvalOptions(GenerationConfig generation) {
    EvalOptions defaults = EvalOptions.DEFAULT;
    return new EvalOptions(
        limit == null ? defaults.limit() : limit,
        numFewshot == null ? defaults.numFewshot() : numFewshot,
        seed == null ? defaults.fewshotSeed() : seed,
        defaults.bootstrapIterations(),
        systemInstruction,
        fewshotAsMultiturn,
        maxBatchTokens == null ? defaults.maxBatchTokens() : maxBatchTokens,
        defaults.maxLength(),
        seed == null ? generation : generation.toBuilder().seed(seed).build());
  }
}
