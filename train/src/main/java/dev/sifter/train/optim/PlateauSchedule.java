package dev.sifter.train.optim;

/**
 * Multiplies the rate by a factor each time a metric has not improved for more than {@code
 * patience} evaluations, as PyTorch's {@code ReduceLROnPlateau}.
 */
final class PlateauSchedule implements LearningRateSchedule {
  private final boolean maximise;
  private final double factor;
  private final long patience;
  private final double threshold;
  private final boolean relative;
  private final long cooldown;
  private final double leastRate;
  private final double leastChange;

  private double rate;
  private double best;
  private long badEvaluations;
  private long cooling;

  PlateauSchedule(
      double learningRate,
      boolean maximise,
      double factor,
      long patience,
      double threshold,
      boolean relative,
      long cooldown,
      double leastRate,
      double leastChange) {
    this.rate = learningRate;
    this.maximise = maximise;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.relative = relative;
    this.cooldown = cooldown;
    this.leastRate = leastRate;
    this.leastChange = leastChange;
    this.best = maximise ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  @Override
  public double rate(long step) {
    return rate;
  }

  @Override
  public void observe(double metric) {
    if (improves(metric)) {
      best = metric;
      badEvaluations = 0;
    } else {
      badEvaluations++;
    }
    if (cooling > 0) {
      cooling--;
      badEvaluations = 0;
    }
    if (badEvaluations > patience) {
      double lower = Math.max(rate * factor, leastRate);
      if (rate - lower > leastChange) {
        rate = lower;
      }
      cooling = cooldown;
      badEvaluations = 0;
    }
  }

  private boolean improves(double metric) {
    if (relative) {
      return maximise ? metric > best * (1 + threshold) : metric < best * (1 - threshold);
    }
    return maximise ? metric > best + threshold : metric < best - threshold;
  }

  @Override
  public double[] state() {
    return new double[] {rate, best, badEvaluations, cooling};
  }

  @Override
  public void restore(double[] state) {
    if (state.length != 4) {
      throw new IllegalArgumentException(
          "reduce_lr_on_plateau keeps 4 numbers, but the checkpoint holds %d: resume with the"
                  .formatted(state.length)
              + " lr_scheduler_type of the checkpoint");
    }
    rate = state[0];
    best = state[1];
    badEvaluations = (long) state[2];
    cooling = (long) state[3];
  }
}
