package dev.sifter.train.trainer;

import dev.sifter.train.optim.LearningRateSchedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** What is to be said about a run's options before it begins: which of them have no effect. */
public final class OptionNotes {
  private final Set<String> given;
  private final List<String> notes;

  /**
   * Notes on the options of one run.
   *
   * @param given names in snake case of those that were given
   * @param first notes that there are already
   */
  public OptionNotes(Set<String> given, List<String> first) {
    this.given = Set.copyOf(given);
    this.notes = new ArrayList<>(first);
  }

  /** Notes those of some options that were given, unless they are used. */
  public void unless(boolean used, String why, String... options) {
    for (String option : options) {
      if (!used && given.contains(option)) {
        notes.add("%s has no effect: %s".formatted(option, why));
      }
    }
  }

  /** Notes options of any training that others switch off. */
  void addUnused(TrainingArguments run) {
    unless(
        !run.evalStrategy.equals("no"),
        "eval_strategy is no",
        "eval_dataset",
        "eval_steps",
        "eval_delay");
    unless(
        run.loggingStrategy.equals("steps")
            || run.evalStrategy.equals("steps") && run.evalSteps == 0,
        "logging_strategy is " + run.loggingStrategy,
        "logging_steps");
    unless(
        LearningRateSchedule.warmsUp(run.lrSchedulerType),
        "lr_scheduler_type %s begins at the full rate; constant_with_warmup warms up"
            .formatted(run.lrSchedulerType),
        "warmup_steps");
    String saves = "save_strategy is " + run.saveStrategy;
    unless(!run.saveStrategy.equals("no"), saves, "save_total_limit");
    unless(run.saveStrategy.equals("steps"), saves, "save_steps");
    unless(run.optim.equals("sgd"), "optim is " + run.optim, "sgd_momentum");
    unless(!run.lossType.equals("dft"), "loss_type is dft", "label_smoothing_factor");
    unless(
        run.earlyStoppingPatience > 0, "early_stopping_patience is 0", "early_stopping_threshold");
    unless(
        run.lossWatchdogThreshold != null,
        "loss_watchdog_threshold is not given",
        "loss_watchdog_patience");
    unless(
        run.reportTo.contains("tensorboard"), "report_to does not name tensorboard", "logging_dir");
  }

  /** All notes, in the order in which they were made. */
  public List<String> list() {
    return Collections.unmodifiableList(notes);
  }
}
