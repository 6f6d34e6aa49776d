package dev.sifter.train.cli;

import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterCombination;
import dev.sifter.model.lora.CombinationType;
import dev.sifter.train.report.Visible;
import dev.sifter.train.trainer.OptionNotes;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter combine}: several adapters of one base as one adapter. */
@Command(
    name = "combine",
    description = "Combine several LoRA adapters of one base into one, as PEFT does.",
    footer = {
      "",
      "Examples:",
      "  sifter combine --adapters chat,code --weights 0.7,0.3 --output both",
      "  sifter combine --adapters a,b --weights 1,1 --combination ties --output ab",
      "",
      "cat is exact, at the sum of the ranks; svd the best approximation at the largest rank;"
          + " linear, ties, dare_* and magnitude_prune work on A and B each by itself. The result"
          + " is an adapter like any other: use it, or merge it with sifter merge."
    },
    mixinStandardHelpOptions = true)
final class CombineCommand implements Callable<Integer> {
  @Option(
      names = "--adapters",
      paramLabel = "DIR,…",
      hideParamSyntax = true,
      split = ",",
      required = true,
      description = "The adapters, two or more.")
  private List<Path> adapters;

  @Option(
      names = "--weights",
      paramLabel = "W,…",
      hideParamSyntax = true,
      split = ",",
      required = true,
      description = "One weight an adapter; a negative one takes it away.")
  private List<Double> weights;

  @Option(
      names = "--combination",
      paramLabel = "TYPE",
      defaultValue = "cat",
      description =
          "linear, cat, svd, ties, ties_svd, dare_linear, dare_ties, dare_linear_svd,"
              + " dare_ties_svd, magnitude_prune or magnitude_prune_svd; by default cat.")
  private String combination;

  @Option(
      names = "--density",
      paramLabel = "SHARE",
      defaultValue = "0.5",
      description = "Share of elements that ties, dare and magnitude_prune keep; by default 0.5.")
  private double density;

  @Option(
      names = "--majority-sign-method",
      paramLabel = "HOW",
      defaultValue = "total",
      description = "How ties votes: total or frequency; by default total.")
  private String majoritySignMethod;

  @Option(
      names = "--svd-rank",
      paramLabel = "R",
      defaultValue = "0",
      description = "Rank of what *svd gives; by default the largest of the adapters'.")
  private int svdRank;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Seed of what dare drops; by default 42.")
  private long seed;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the adapter: a new or an empty one.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    adapters.forEach(adapter -> TokenizerOptions.requireFolder("--adapters", adapter));
    OutputFolder.requireEmpty("--output", output);
    if (adapters.size() < 2) {
      throw new ModelException("--adapters names one adapter; two or more can be combined");
    }
    boolean byCount = majoritySignMethod.equals("frequency");
    if (!byCount && !majoritySignMethod.equals("total")) {
      throw new ModelException(
          "--majority-sign-method is '%s'; it must be total or frequency"
              .formatted(majoritySignMethod));
    }
    CombinationType type = CombinationType.of(combination);
    String base =
        Json.readObject(adapters.getFirst().resolve("adapter_config.json"))
            .path("base_model_name_or_path")
            .asText();
    noteUnused(type);
    AdapterCombination combined =
        new AdapterCombination(type, weights, density, byCount, svdRank, seed);
    OutputFolder.fill(output, () -> combined.write(adapters, output, base));
    spec.commandLine()
        .getOut()
        .println("%d adapters combined by %s in %s".formatted(adapters.size(), type, output));
    return 0;
  }

  private void noteUnused(CombinationType type) {
    OptionNotes notes = new OptionNotes(given(), List.of());
    String why = "--combination is " + type;
    notes.unless(type.prunes(), why, "--density");
    notes.unless(type.elects(), why, "--majority-sign-method");
    notes.unless(type.onChanges(), why, "--svd-rank");
    notes.unless(type.draws(), why, "--seed");
    notes
        .list()
        .forEach(note -> spec.commandLine().getErr().println("note: " + Visible.message(note)));
  }

  private Set<String> given() {
    return spec.commandLine().getParseResult().matchedOptions().stream()
        .map(OptionSpec::longestName)
        .collect(Collectors.toSet());
  }
}
