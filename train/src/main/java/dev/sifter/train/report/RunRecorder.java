package dev.sifter.train.report;

import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.LoggedRun;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps what a trainer tells, for the report. */
public final class RunRecorder implements TrainingListener {
  private final String name;
  private final List<StepMetrics> steps = new ArrayList<>();
  private final List<LoggedRun.Evaluated> evaluations = new ArrayList<>();
  private Optional<TrainingSummary> summary = Optional.empty();

  /** A recorder of the run that the report calls {@code name}. */
  public RunRecorder(String name) {
    this.name = name;
  }

  @Override
  public void logged(StepMetrics metrics) {
    steps.add(metrics);
  }

  @Override
  public void evaluated(long step, EvalMetrics metrics) {
    evaluations.add(new LoggedRun.Evaluated(step, metrics.all()));
  }

  @Override
  public void finished(TrainingSummary finished) {
    summary = Optional.of(finished);
  }

  /** What was heard so far. */
  public ReportData.Run run() {
    return new ReportData.Run(name, Map.of(), new LoggedRun(steps, evaluations, summary));
  }
}
