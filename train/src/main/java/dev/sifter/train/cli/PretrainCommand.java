package dev.sifter.train.cli;

import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.pretrain.PretrainRun;
import dev.sifter.train.report.ProgressDisplay;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sifter pretrain}: a base model from scratch. */
@Command(
    name = "pretrain",
    description = {
      "Train a base model from scratch on plain text.",
      "model_name_or_path names a folder with config.json and a tokenizer.",
      "Example: sifter pretrain config.yaml --max_steps 1000"
    },
    mixinStandardHelpOptions = true)
final class PretrainCommand extends TrainingCommand {
  @Option(
      names = "--resume",
      description = "Continue from the newest checkpoint in output_dir, to the same bits.")
  private boolean resume;

  @Override
  public Integer call() {
    PretrainConfig config = readOptions(PretrainConfig.class);
    PrintWriter err = spec.commandLine().getErr();
    try (PretrainRun run = PretrainRun.open(config, resume);
        ProgressDisplay progress = new ProgressDisplay("pretraining")) {
      err.println("device " + run.device());
      RunOutput.changes(run.changes(), err);
      run.addListener(progress);
      TrainingSummary summary = Interruption.watch(Path.of(config.outputDir), err, run::run);
      RunOutput.ended(run.backend(), summary, Path.of(config.outputDir), err);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "train_loss %.4f after %d steps, %.1f s; model in %s%n",
              summary.trainLoss(),
              summary.globalStep(),
              summary.seconds(),
              config.outputDir);
    }
    return 0;
  }
}
