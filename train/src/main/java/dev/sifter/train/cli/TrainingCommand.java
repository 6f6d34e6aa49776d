package dev.sifter.train.cli;

import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.trainer.TrainingArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** A command over a configuration file, and options that win over it. */
abstract class TrainingCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "CONFIG.yaml", description = "The run's options.")
  private Path file;

  @Spec CommandSpec spec;

  @Unmatched private List<String> overrides = new ArrayList<>();

  /** The options, of which those on the command line win; says what has no effect. */
  final <T extends TrainingArguments> T readOptions(Class<T> type) {
    T options = ConfigReader.read(file, overrides, type);
    options.notes().forEach(note -> spec.commandLine().getErr().println("note: " + note));
    return options;
  }

  /** The configuration's file. */
  final Path configFile() {
    return file;
  }
}
