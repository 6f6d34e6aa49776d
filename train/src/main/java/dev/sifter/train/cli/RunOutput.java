package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.train.data.DatasetStatistics;
import java.io.PrintWriter;
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

  /** What the device has to tell after a run, if it has. */
  static void report(Backend device, PrintWriter err) {
    String report = device.report();
    if (!report.isEmpty()) {
      err.println("device " + device.name() + ": " + report);
    }
  }
}
