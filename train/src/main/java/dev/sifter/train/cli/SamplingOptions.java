package dev.sifter.train.cli;

import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** How text is generated, with the names of {@code generation_config.json}. */
final class SamplingOptions {
  /** Where neither the user nor the model's folder says how long an answer may be. */
  private static final int DEFAULT_NEW_TOKENS = 256;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "Tokens of an answer at most; by default what the model's folder says, or 256.")
  private Integer maxNewTokens;

  @Option(
      names = "--do-sample",
      paramLabel = "true|false",
      arity = "1",
      description =
          "Draw tokens at random, or take the most probable. By default as the model's folder"
              + " says; drawn where one of the four options below is given.")
  private Boolean doSample;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Divides logits: below 1 sharper; 0 takes the most probable token.")
  private Double temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K most probable only.")
  private Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the most probable that make up P.")
  private Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from tokens at least P times as probable as the most probable.")
  private Double minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Above 1, tokens that the text has become less probable.")
  private Double repetitionPenalty;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the draws; by default 0.")
  private Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "A text that ends the answer; may be given several times.")
  private List<String> stop;

  /**
   * What the model's folder recommends, changed by the options. The tokenizer's end token ends an
   * answer too.
   *
   * @param err is told which recommendations have no effect
   * @throws IllegalArgumentException naming the option that is out of range
   */
  GenerationConfig config(Path model, Tokenizer tokenizer, PrintWriter err) {
    GenerationConfig recommended = GenerationConfigReader.read(model);
    GenerationConfigReader.withoutEffect(model).forEach(err::println);
    boolean greedy = temperature != null && temperature == 0;
    boolean sample = asksForDraws() || (doSample == null && !greedy && recommended.doSample());
    GenerationConfig.Builder builder =
        recommended.toBuilder()
            .maxNewTokens(newTokens(recommended))
            .doSample(sample)
            .eosTokenIds(endTokens(recommended, tokenizer));
    if (temperature != null && !greedy) {
      builder.temperature(temperature);
    }
    if (topK != null) {
      builder.topK(topK);
    }
    if (topP != null) {
      builder.topP(topP);
    }
    if (minP != null) {
      builder.minP(minP);
    }
    if (repetitionPenalty != null) {
      builder.repetitionPenalty(repetitionPenalty);
    }
    if (seed != null) {
      builder.seed(seed);
    }
    if (stop != null) {
      builder.stopStrings(stop);
    }
    return builder.build();
  }

  /** Whether an option, not the model's folder, has tokens drawn. */
  boolean asksForDraws() {
    boolean greedy = temperature != null && temperature == 0;
    boolean shaped = temperature != null || topK != null || topP != null || minP != null;
    return !greedy && (doSample != null ? doSample : shaped);
  }

  private int newTokens(GenerationConfig recommended) {
    if (maxNewTokens == null) {
      boolean says = recommended.maxNewTokens() > 0 || recommended.maxLength() > 0;
      return says ? recommended.maxNewTokens() : DEFAULT_NEW_TOKENS;
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "--max-new-tokens is %d; it must be at least 1".formatted(maxNewTokens));
    }
    return maxNewTokens;
  }

  private static List<Integer> endTokens(GenerationConfig recommended, Tokenizer tokenizer) {
    List<Integer> ids = new ArrayList<>(recommended.eosTokenIds());
    tokenizer.eosId().ifPresent(id -> ids.add(id));
    return ids.stream().distinct().toList();
  }

  /**
   * The configuration with no more new tokens than the context has room for. A length that the user
   * asked for stays, so that the generator refuses what does not fit.
   */
  GenerationConfig fitted(GenerationConfig config, int promptLength, int context) {
    int room = Math.max(context - promptLength, 1);
    return maxNewTokens != null || config.newTokens(promptLength) <= room
        ? config
        : config.toBuilder().maxNewTokens(room).build();
  }
}
