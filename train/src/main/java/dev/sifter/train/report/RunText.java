package dev.sifter.train.report;

import dev.sifter.train.trainer.LoggedRun;
import java.util.ArrayList;
import java.util.List;

/** A training in lines for a terminal: how far it came, and what its loss curve says. */
public final class RunText {
  private RunText() {}

  /** The lines about a run. */
  public static List<String> of(ReportData.Run run) {
    LoggedRun log = run.log();
    List<String> lines = new ArrayList<>();
    lines.add(
        log.steps().isEmpty()
            ? run.name() + ": nothing was logged"
            : "%s: loss %s at step %d%s"
                .formatted(
                    run.name(),
                    Numbers.fixed(log.steps().getLast().loss(), 4),
                    log.steps().getLast().step(),
                    end(log)));
    LossDiagnosis diagnosis = LossDiagnosis.of(log);
    diagnosis.phases().forEach(phase -> lines.add("  " + phase));
    diagnosis
        .findings()
        .forEach(
            finding -> lines.add((finding.isWarning() ? "  warning: " : "  ") + finding.words()));
    return lines;
  }

  /** What is wrong with a run, by its loss curve; empty where nothing is. */
  public static List<String> warnings(LoggedRun log) {
    return LossDiagnosis.of(log).findings().stream()
        .filter(LossDiagnosis.Finding::isWarning)
        .map(LossDiagnosis.Finding::words)
        .toList();
  }

  private static String end(LoggedRun log) {
    return log.summary()
        .map(
            summary ->
                summary.stopReason() == null ? ", its last" : ", ended: " + summary.stopReason())
        .orElse("; cut off, or still at work");
  }
}
