package dev.sifter.train.cli;

import dev.sifter.train.sft.SftConfig;
import picocli.CommandLine.Command;

/** {@code sifter sft}: supervised fine-tuning. */
@Command(
    name = "sft",
    description = {
      "Fine-tune a model on conversations or texts: all weights, or a LoRA adapter.",
      "use_peft: true trains an adapter. Options have TRL's names and defaults; --key value wins"
          + " over the file.",
      "Example: sifter sft config.yaml --learning_rate 2e-4 --max_steps 100"
    },
    mixinStandardHelpOptions = true)
final class SftCommand extends RunCommand {
  @Override
  String title() {
    return "fine-tuning";
  }

  @Override
  SftConfig config() {
    return readOptions(SftConfig.class);
  }
}
