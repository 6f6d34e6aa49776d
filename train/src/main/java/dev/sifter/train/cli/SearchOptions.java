package dev.sifter.train.cli;

import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.SearchRules;
import dev.sifter.model.generate.SearchRules.EarlyStopping;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/**
 * How many answers there are and how they are searched for, with the names of {@code
 * generation_config.json}.
 */
final class SearchOptions {
  @Option(
      names = "--num-return-sequences",
      paramLabel = "N",
      description = "Answers: as many that are drawn, or the best that are searched for.")
  private Integer numReturnSequences;

  @Option(
      names = "--num-beams",
      paramLabel = "N",
      description =
          "Search the most probable answers, with N beginnings at a time; by default as the"
              + " model's folder says, or 1.")
  private Integer numBeams;

  @Option(
      names = "--length-penalty",
      paramLabel = "P",
      description =
          "An answer of n tokens is as good as its log probability divided by n^P: the larger, the"
              + " longer; 1 by default. With beams only.")
  private Double lengthPenalty;

  @Option(
      names = "--early-stopping",
      paramLabel = "true|false|never",
      description =
          "End a search as soon as there are as many answers as beams (true), where better ones"
              + " are improbable (false, the default) or impossible (never).")
  private String earlyStopping;

  /**
   * A configuration changed by the options.
   *
   * @param drawsAsked whether other options have tokens drawn
   * @param err is told if the folder's beams have no effect
   * @throws IllegalArgumentException naming the option that is out of range or fits no other
   */
  GenerationConfig over(GenerationConfig config, boolean drawsAsked, PrintWriter err) {
    boolean beamsAsked = numBeams != null && numBeams > 1;
    if (beamsAsked && drawsAsked) {
      throw new IllegalArgumentException(
          "--num-beams is %d, which searches the most probable answers, but other options have tokens drawn; leave it out, or set --do-sample to false"
              .formatted(numBeams));
    }
    SearchRules base = config.search();
    SearchRules search =
        new SearchRules(
            numBeams != null ? numBeams : base.numBeams(),
            numReturnSequences != null ? numReturnSequences : base.numReturnSequences(),
            lengthPenalty != null ? lengthPenalty : base.lengthPenalty(),
            earlyStopping != null ? EarlyStopping.of(earlyStopping) : base.earlyStopping());
    boolean draws = config.doSample() && !beamsAsked;
    if (draws && search.numBeams() > 1) {
      err.println(
          "num_beams is %d, which has no effect where tokens are drawn; --do-sample false searches"
              .formatted(search.numBeams()));
    }
    return config.toBuilder().doSample(draws).search(search).build();
  }
}
