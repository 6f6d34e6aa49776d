package dev.sifter.train.cli;

import dev.sifter.train.report.ProgressDisplay;
import dev.sifter.train.trainer.TrainingListener;
import picocli.CommandLine.Model.CommandSpec;

/** How training commands show what they do. */
final class RunOutput {
  private RunOutput() {}

  /** A bar on a terminal, lines elsewhere. */
  static TrainingListener progress(CommandSpec spec) {
    return new ProgressDisplay(spec.commandLine().getErr());
  }
}
