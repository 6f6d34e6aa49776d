package dev.sifter.train.cli;

import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.report.Visible;
import dev.sifter.train.trainer.TrainingArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A command over a configuration file, and options that win over it. */
abstract class TrainingCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "CONFIG.yaml [--KEY VALUE]...",
      hideParamSyntax = true,
      description = "The run's options; those on the command line win.")
  private List<String> words = new ArrayList<>();

  private Path file;

  CommandSpec spec;

  /** The run's options have names of their own, which are none of the command's. */
  @Spec
  void setSpec(CommandSpec spec) {
    this.spec = spec;
    spec.parser().unmatchedOptionsArePositionalParams(true);
  }

  /** The options, of which those on the command line win; says what has no effect. */
  final <T extends TrainingArguments> T readOptions(Class<T> type) {
    RunWords run = runWords();
    file = run.file();
    T options = ConfigReader.read(file, run.options(), type);
    options
        .notes()
        .forEach(note -> spec.commandLine().getErr().println("note: " + Visible.message(note)));
    return options;
  }

  private RunWords runWords() {
    try {
      return RunWords.parse(words);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The configuration's file. */
  final Path configFile() {
    return file;
  }
}
