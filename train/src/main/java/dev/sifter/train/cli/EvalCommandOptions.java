package dev.sifter.train.cli;

import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.train.eval.EvalOptions;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of an evaluation, with the harness's names and defaults. */
final class EvalCommandOptions {
  /** Places of the seeds of random, numpy, torch and examples in {@code --seed}. */
  private static final int SEEDS = 4;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Records of each task at most; below 1, their share.")
  private Double limit;

  @Option(
      names = "--num-fewshot",
      paramLabel = "N",
      description = "Examples before each record; by default as the tasks say.")
  private Integer numFewshot;

  @Option(names = "--apply-chat-template", description = "Make every prompt a conversation.")
  private boolean applyChatTemplate;

  @Option(
      names = "--fewshot-as-multiturn",
      paramLabel = "true|false",
      arity = "0..1",
      fallbackValue = "true",
      description = "Make the examples turns of the conversation; by default they are.")
  private Boolean fewshotAsMultiturn;

  @Option(
      names = "--system-instruction",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "A system message.")
  private String systemInstruction;

  @Option(
      names = "--batch-size",
      paramLabel = "N|auto",
      defaultValue = "auto",
      description = "Texts in one pass at most; by default as many as --max-batch-tokens allows.")
  private String batchSize;

  @Option(
      names = "--max-batch-tokens",
      paramLabel = "N",
      description = "Tokens in one pass at most: more are faster and take more memory.")
  private Integer maxBatchTokens;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens that the model reads at once; by default all of its context.")
  private Integer maxLength;

  @Option(
      names = "--seed",
      paramLabel = "N[,N,N,N]",
      hideParamSyntax = true,
      split = ",",
      description = {
        "Seed of random examples (by default 1234) and of sampling (by default 0); of the"
            + " harness's",
        "four seeds the last is that of the examples, the third that of sampling."
      })
  private List<Long> seeds;

  @Option(names = "--predict-only", description = "Write the answers and compute no figures.")
  private boolean predictOnly;

  /** Whether prompts are conversations. */
  boolean applyChatTemplate() {
    return applyChatTemplate;
  }

  /** Whether answers are wanted, and no figures. */
  boolean predictOnly() {
    return predictOnly;
  }

  /**
   * The options for one model.
   *
   * @param generation the model's own settings
   * @throws IllegalArgumentException naming the option that is out of range
   */
  EvalOptions toEvalOptions(GenerationConfig generation) {
    EvalOptions.Builder options =
        EvalOptions.DEFAULT.toBuilder()
            .systemInstruction(systemInstruction)
            .fewshotAsMultiturn(fewshotAsMultiturn == null ? applyChatTemplate : fewshotAsMultiturn)
            .predictOnly(predictOnly)
            .maxBatchSize(maxBatchSize())
            .generation(generation);
    if (limit != null) {
      options.limit(limit);
    }
    if (numFewshot != null) {
      options.numFewshot(numFewshot);
    }
    if (maxBatchTokens != null) {
      options.maxBatchTokens(maxBatchTokens);
    }
    if (maxLength != null) {
      options.maxLength(maxLength);
    }
    if (seeds != null) {
      requireSeeds();
      options.fewshotSeed(seeds.getLast());
      long sampling = seeds.size() == 1 ? seeds.getFirst() : seeds.get(2);
      options.generation(generation.toBuilder().seed(sampling).build());
    }
    return options.build();
  }

  /**
   * Seeds of random, numpy and torch, as given or as the harness has them; torch's is what answers
   * are drawn with.
   */
  List<Long> seeds(EvalOptions effective) {
    boolean all = seeds != null && seeds.size() == SEEDS;
    return List.of(
        all ? seeds.get(0) : 0L, all ? seeds.get(1) : 1234L, effective.generation().seed());
  }

  private void requireSeeds() {
    if (seeds.size() != 1 && seeds.size() != SEEDS) {
      throw new IllegalArgumentException(
          "--seed has %d numbers; it takes 1, or %d as lm-evaluation-harness does"
              .formatted(seeds.size(), SEEDS));
    }
  }

  private int maxBatchSize() {
    if (batchSize.startsWith("auto")) {
      return EvalOptions.DEFAULT.maxBatchSize();
    }
    try {
      return Integer.parseInt(batchSize);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--batch-size '%s' is neither a number nor auto".formatted(batchSize), e);
    }
  }
}
