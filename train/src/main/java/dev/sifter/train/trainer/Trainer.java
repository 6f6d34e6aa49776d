package dev.sifter.train.trainer;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.optim.LearningRateSchedule;
import dev.sifter.train.optim.Optimizer;
import dev.sifter.train.options.StepCount;
import java.util.ArrayList;
import java.util.List;

/**
 * The training loop: for each optimizer step, forward and backward over its micro-batches, clip,
 * update. Losses are normalised by the target tokens of the whole step, so that batch size and
 * accumulation can be traded for each other without changing the result.
 *
 * <p>Everything random is a function of the seed and the step's number; nothing else is carried
 * from step to step but weights and moments.
 */
public final class Trainer implements TrainingControl, AutoCloseable {
  private final Decoder model;
  private final TrainingArguments arguments;
  private final StepBatches data;
  private final HeldOutEvaluation heldOut;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private final long maxSteps;
  private final OptimizerStep optimizerStep;
  private final LearningRateSchedule schedule;
  private final LogWindow window = new LogWindow();
  private final double flopsPerToken;
  private final double peakFlops;
  private final LossWatchdog watchdog;
  private CheckpointWriter checkpoints;
  private String stopReason;
  private boolean evaluationRequested;
  private boolean checkpointRequested;
  private long step;
  private double lossSum;
  private long numTokens;
  private double totalFlos;

  /** Writes the state of a run after some of its steps. */
  @FunctionalInterface
  public interface CheckpointWriter {
    /** Writes a checkpoint of what the trainer is now. */
    void write(Trainer trainer);
  }

  /**
   * A run that has made no step.
   *
   * @param evalBatches held-out data; empty for none
   */
  public Trainer(
      Decoder model, TrainingArguments arguments, StepBatches data, List<MicroBatch> evalBatches) {
    this.model = model;
    this.arguments = arguments;
    this.data = data;
    this.heldOut = new HeldOutEvaluation(arguments, evalBatches);
    this.maxSteps = data.totalSteps(arguments.numTrainEpochs, arguments.maxSteps);
    this.optimizerStep = new OptimizerStep(model, arguments);
    this.schedule =
        LearningRateSchedule.of(
            arguments.lrSchedulerType,
            arguments.learningRate,
            arguments.warmupSteps,
            maxSteps,
            arguments.lrSchedulerKwargs);
    this.watchdog =
        new LossWatchdog(arguments.lossWatchdogThreshold, arguments.lossWatchdogPatience);
    this.peakFlops = DeviceRates.matrixRate(model.backend());
    this.flopsPerToken = 6.0 * model.nonEmbeddingParameterCount();
    model.gradientCheckpointing(arguments.gradientCheckpointing);
  }

  /** Adds a listener; listeners hear of events in the order in which they were added. */
  public void addListener(TrainingListener listener) {
    listeners.add(listener);
    listener.attached(this);
  }

  /** Adds an evaluation beside that of the loss, if there is held-out data, at the same steps. */
  public void addEvaluation(ModelEvaluation evaluation) {
    heldOut.add(evaluation);
  }

  /** The step whose evaluation was the best; 0 if there was none. */
  public long bestStep() {
    return heldOut.best().state().step();
  }

  /** The best step of which there is a checkpoint; 0 if there is none. */
  public long bestCheckpoint() {
    return heldOut.best().state().checkpoint();
  }

  /** Has checkpoints written as {@code save_strategy} says. */
  public void checkpointsTo(CheckpointWriter writer) {
    checkpoints = writer;
  }

  /** Continues from a checkpoint's state; weights were loaded with the model. */
  void resume(TrainerState state, List<Optimizer.State> moments) {
    optimizer().restore(moments);
    schedule.restore(state.schedule());
    step = state.globalStep();
    lossSum = state.lossSum();
    numTokens = state.numTokens();
    totalFlos = state.totalFlos();
    window.restore(state.unlogged());
    heldOut.best().restore(state.best());
    watchdog.restore(state.watchdog());
  }

  /** What a checkpoint must remember now. */
  TrainerState state() {
    return new TrainerState(
        step,
        lossSum,
        numTokens,
        totalFlos,
        schedule.state(),
        window.sums(),
        heldOut.best().state(),
        watchdog.state());
  }

  /** The optimizer, for its moments. */
  public Optimizer optimizer() {
    return optimizerStep.optimizer();
  }

  @Override
  public Decoder model() {
    return model;
  }

  @Override
  public long globalStep() {
    return step;
  }

  @Override
  public long maxSteps() {
    return maxSteps;
  }

  @Override
  public void requestStop(String reason) {
    stopReason = stopReason == null ? reason : stopReason;
  }

  @Override
  public void requestEvaluation() {
    evaluationRequested = true;
    checkpointRequested |= arguments.loadBestModelAtEnd;
  }

  @Override
  public void requestCheckpoint() {
    checkpointRequested = true;
  }

  /**
   * Makes the remaining steps.
   *
   * @throws NotFiniteException if a loss or gradient is not finite; the weights are those of the
   *     last good step, and the step's batch lies in the output folder
   * @throws IllegalArgumentException if no evaluation gives {@code metric_for_best_model}
   */
  public TrainingSummary run() {
    return runUntil(maxSteps);
  }

  /** Makes the steps before {@code lastStep}, or all that remain. */
  public TrainingSummary runUntil(long lastStep) {
    if (!heldOut.isEmpty()) {
      heldOut.best().requireMetric();
    }
    long startNanos = System.nanoTime();
    listeners.forEach(listener -> listener.started(step, maxSteps));
    if (arguments.evalOnStart && step == 0 && !heldOut.isEmpty()) {
      EvalMetrics metrics = heldOut.run(model);
      listeners.forEach(listener -> listener.evaluated(0, metrics));
    }
    while (step < Math.min(lastStep, maxSteps) && stopReason == null) {
      double loss = trainStep();
      lossSum += loss;
      listeners.forEach(listener -> listener.stepDone(step, loss));
      String alarm = watchdog.observe(loss);
      if (alarm != null) {
        requestStop(alarm);
      }
      afterStep();
    }
    TrainingSummary summary =
        new TrainingSummary(
            step,
            epoch(),
            lossSum / Math.max(step, 1),
            totalFlos,
            numTokens,
            (System.nanoTime() - startNanos) * 1e-9,
            model.backend().ledger().peakBytes(),
            stopReason);
    listeners.forEach(listener -> listener.finished(summary));
    return summary;
  }

  private double trainStep() {
    long startNanos = System.nanoTime();
    double rate = schedule.rate(step);
    OptimizerStep.Result done = optimizerStep.make(step, rate, data.batches(step), window);
    step++;
    numTokens += done.numTokens();
    totalFlos += flopsPerToken * done.computedTokens();
    long nanos = System.nanoTime() - startNanos;
    window.addStep(done.loss(), done.gradientNorm(), rate, done.numTokens(), nanos);
    return done.loss();
  }

  private void afterStep() {
    boolean last = step == maxSteps || stopReason != null;
    boolean epochEnds = step % data.stepsPerEpoch() == 0;
    boolean logsFirst = step == 1 && arguments.loggingFirstStep;
    boolean logs =
        logsFirst || isDue(arguments.loggingStrategy, arguments.loggingSteps, epochEnds, last);
    if (logs) {
      StepMetrics metrics =
          window.close(
              step,
              epoch(),
              numTokens,
              flopsPerToken,
              peakFlops,
              model.backend().ledger().peakBytes());
      listeners.forEach(listener -> listener.logged(metrics));
    }
    boolean evaluates =
        isDue(arguments.evalStrategy, arguments.resolvedEvalSteps(), epochEnds, last)
            && !arguments.isBeforeFirstEvaluation(step, epoch());
    if (!heldOut.isEmpty() && (evaluates || evaluationRequested)) {
      evaluate();
    }
    boolean ends = last || stopReason != null;
    boolean saves = isDue(arguments.saveStrategy, arguments.saveSteps, epochEnds, ends);
    if (checkpoints != null && (saves || checkpointRequested)) {
      heldOut.best().saved(step);
      checkpoints.write(this);
      listeners.forEach(listener -> listener.checkpointed(step));
    }
    evaluationRequested = false;
    checkpointRequested = false;
    if (epochEnds) {
      listeners.forEach(listener -> listener.epochEnded(step, epoch()));
    }
  }

  private void evaluate() {
    EvalMetrics metrics = heldOut.run(model);
    BestMetric best = heldOut.best();
    Double figure = best.value(metrics.all());
    if (figure != null) {
      schedule.observe(figure);
    }
    boolean isBest = best.observe(step, metrics.all());
    checkpointRequested |= isBest && arguments.saveStrategy.equals("best");
    stopReason = stopReason == null ? best.reasonToStop() : stopReason;
    listeners.forEach(listener -> listener.evaluated(step, metrics));
  }

  private boolean isDue(String strategy, double everySteps, boolean epochEnds, boolean last) {
    return switch (strategy) {
      case "steps" -> step % StepCount.of(everySteps, maxSteps) == 0 || last;
      case "epoch" -> epochEnds || last;
      default -> false;
    };
  }

  @Override
  public double epoch() {
    return data.epochAfter(step);
  }

  @Override
  public void close() {
    optimizerStep.close();
  }
}
