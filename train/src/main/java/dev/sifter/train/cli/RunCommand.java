package dev.sifter.train.cli;

import dev.sifter.train.report.PreparationProgress;
import dev.sifter.train.report.ProgressDisplay;
import dev.sifter.train.report.Visible;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** A command that makes a training run. */
abstract class RunCommand extends TrainingCommand {
  @Option(
      names = "--resume",
      description = "Continue from the newest checkpoint in output_dir, to the same bits.")
  private boolean resume;

  /** What the run is called while it goes on. */
  abstract String title();

  /** The run's options. */
  abstract SftConfig config();

  @Override
  public final Integer call() {
    SftConfig config = config();
    PrintWriter err = spec.commandLine().getErr();
    try (SftRun run = open(config);
        ProgressDisplay progress = new ProgressDisplay(title())) {
      err.println("device " + run.device());
      err.println(RunOutput.describe(run.data().statistics()));
      run.warnings().forEach(warning -> err.println("warning: " + Visible.message(warning)));
      RunOutput.changes(run.changes(), err);
      run.advice().forEach(advice -> err.println("advice: " + Visible.message(advice)));
      run.addListener(progress);
      TrainingSummary summary = Interruption.watch(Path.of(config.outputDir), err, run::run);
      RunOutput.ended(run.backend(), summary, Path.of(config.outputDir), err);
      if (config.loadBestModelAtEnd) {
        err.println(RunOutput.result(run.resultStep(), run.bestStep()));
      }
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "train_loss %.4f after %d steps, %.1f s; result in %s%n",
              summary.trainLoss(),
              summary.globalStep(),
              summary.seconds(),
              config.outputDir);
    }
    return 0;
  }

  private SftRun open(SftConfig config) {
    try (PreparationProgress progress = new PreparationProgress()) {
      return SftRun.open(config, resume, progress);
    }
  }
}
