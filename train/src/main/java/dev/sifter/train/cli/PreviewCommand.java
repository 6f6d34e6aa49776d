package dev.sifter.train.cli;

import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.sft.SftConfig;
import picocli.CommandLine.Option;

/** A command that tells of a training run before it is made. */
abstract class PreviewCommand extends TrainingCommand {
  @Option(
      names = "--pretrain",
      description = "The run is one of sifter pretrain, whose defaults are others.")
  private boolean pretrain;

  /** The run's options. */
  final SftConfig config() {
    return pretrain ? readOptions(PretrainConfig.class) : readOptions(SftConfig.class);
  }
}
