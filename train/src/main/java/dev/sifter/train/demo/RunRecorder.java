package dev.sifter.train.demo;

import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Keeps a run's figures for the report. */
public final class RunRecorder implements TrainingListener {
  private final String name;
  private final List<StepMetrics> steps = new ArrayList<>();
  private TrainingSummary summary;

  RunRecorder(String name) {
    this.name = name;
  }

  /** What the run is called in the report. */
  public String name() {
    return name;
  }

  /** The lines of the log. */
  public List<StepMetrics> steps() {
    return Collections.unmodifiableList(steps);
  }

  /** What the run came to. */
  public TrainingSummary summary() {
    return summary;
  }

  @Override
  public void logged(StepMetrics metrics) {
    steps.add(metrics);
  }

  @Override
  public void finished(TrainingSummary newSummary) {
    summary = newSummary;
  }
}
