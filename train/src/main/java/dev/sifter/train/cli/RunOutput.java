package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.train.data.DatasetStatistics;
import dev.sifter.train.report.RunText;
import dev.sifter.train.report.Visible;
import dev.sifter.train.trainer.LoggedRun;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How training commands tell what they were given. */
final class RunOutput {
  private RunOutput() {}

  /** Prepared data in one line. */
  static String describe(DatasetStatistics data) {
    return String.format(
        Locale.ROOT,
        "%,d records in %,d rows; tokens: %,d, %.1f %% trained; lengths: median %d, longest %d;"
            + " truncated %d, dropped %d",
        data.records(),
        data.rows(),
        data.tokens(),
        100 * data.trainedShare(),
        data.lengthQuantile(0.5),
        data.lengthQuantile(1),
        data.truncated(),
        data.dropped());
  }

  /** What is not as it was when the checkpoint was written that a run continues. */
  static void changes(List<String> changes, PrintWriter err) {
    if (!changes.isEmpty()) {
      err.println(
          "warning: the checkpoint is of a run that was not the same; what follows may differ from"
              + " that run without a break");
      changes.forEach(change -> err.println("warning: " + Visible.message(change)));
    }
  }

  /** Which step's weights the result holds, and what kept those of the best evaluation from it. */
  static String result(long step, long best) {
    String result = "the result is that of step " + step;
    return best == 0 || best == step
        ? result
        : result
            + "; the best evaluation was at step %d, of which there is no checkpoint: save_strategy"
                .formatted(best)
            + " best writes one at each";
  }

  /**
   * How a run ended: what the device has to tell, why there are no more steps, and what its loss
   * curve warns of.
   */
  static void ended(Backend device, TrainingSummary summary, Path outputDir, PrintWriter err) {
    String report = device.report();
    if (!report.isEmpty()) {
      err.println("device " + device.name() + ": " + report);
    }
    if (summary.stopReason() != null) {
      err.println("stopped at step %d: %s".formatted(summary.globalStep(), summary.stopReason()));
    }
    RunText.warnings(LoggedRun.read(outputDir))
        .forEach(warning -> err.println("warning: " + warning));
    err.println("curves: sifter report " + outputDir);
  }
}
