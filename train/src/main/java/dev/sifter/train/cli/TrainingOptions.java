package dev.sifter.train.cli;

import dev.sifter.train.config.ConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** A configuration file, and options that win over it. */
final class TrainingOptions {
  @Parameters(index = "0", paramLabel = "CONFIG.yaml", description = "The run's options.")
  private Path file;

  @Unmatched private List<String> overrides = new ArrayList<>();

  /** The options, of which those on the command line win. */
  <T> T read(Class<T> type) {
    return ConfigReader.read(file, overrides, type);
  }
}
