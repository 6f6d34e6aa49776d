package dev.sifter.train.cli;

import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.sft.SftConfig;
import picocli.CommandLine.Command;

/** {@code sifter pretrain}: a base model from scratch. */
@Command(
    name = "pretrain",
    description = {
      "Train a base model from scratch, on plain text or on records.",
      "model_name_or_path names a folder with config.json and a tokenizer, such as sifter"
          + " train-tokenizer writes. Options are those of sifter sft, with other defaults.",
      "Example: sifter pretrain config.yaml --max_steps 1000"
    },
    mixinStandardHelpOptions = true)
final class PretrainCommand extends RunCommand {
  @Override
  String title() {
    return "pretraining";
  }

  @Override
  SftConfig config() {
    return readOptions(PretrainConfig.class);
  }
}
