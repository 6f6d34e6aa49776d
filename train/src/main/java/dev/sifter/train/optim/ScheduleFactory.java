package dev.sifter.train.optim;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongToDoubleFunction;

/** Finds schedules by name and reads their options, with the defaults of transformers. */
final class ScheduleFactory {
  private static final List<String> SHAPES = List.of("linear", "cosine", "1-sqrt");

  private final String type;
  private final double learningRate;
  private final long warmup;
  private final long total;
  private final Map<String, ?> values;

  private ScheduleFactory(
      String type, double learningRate, long warmup, long total, Map<String, ?> values) {
    this.type = type;
    this.learningRate = learningRate;
    this.warmup = warmup;
    this.total = total;
    this.values = values;
  }

  static LearningRateSchedule create(
      String type, double learningRate, double warmup, long totalSteps, Map<String, ?> values) {
    if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException("learning_rate %s: 0 or more".formatted(learningRate));
    }
    if (totalSteps < 0) {
      throw new IllegalArgumentException("a run of %d steps".formatted(totalSteps));
    }
    return new ScheduleFactory(
            type,
            learningRate,
            LearningRateSchedule.warmupSteps(warmup, totalSteps),
            totalSteps,
            values)
        .create();
  }

  private LearningRateSchedule create() {
    return switch (type) {
      case "linear" -> linear();
      case "cosine" -> cosine();
      case "cosine_with_restarts" -> cosineWithRestarts();
      case "polynomial" -> polynomial();
      case "constant" -> constant();
      case "constant_with_warmup" -> constantWithWarmup();
      case "inverse_sqrt" -> inverseSqrt();
      case "cosine_with_min_lr" -> cosineWithMinLr();
      case "cosine_warmup_with_min_lr" -> cosineWarmupWithMinLr();
      case "warmup_stable_decay" -> warmupStableDecay();
      case "reduce_lr_on_plateau" -> plateau();
      default ->
          throw new IllegalArgumentException(
              "no lr_scheduler_type '%s'; there are linear, cosine, cosine_with_restarts,"
                      .formatted(type)
                  + " polynomial, constant, constant_with_warmup, inverse_sqrt,"
                  + " cosine_with_min_lr, cosine_warmup_with_min_lr, warmup_stable_decay and"
                  + " reduce_lr_on_plateau");
    };
  }

  private LearningRateSchedule scaled(LongToDoubleFunction factor) {
    return step -> learningRate * factor.applyAsDouble(step);
  }

  private ScheduleOptions options(String... known) {
    return new ScheduleOptions(type, values, Set.of(known));
  }

  private LearningRateSchedule linear() {
    options();
    return scaled(step -> ScheduleFormulas.linear(step, warmup, total));
  }

  private LearningRateSchedule cosine() {
    double cycles = options("num_cycles").number("num_cycles", 0.5);
    return scaled(step -> ScheduleFormulas.cosine(step, warmup, total, cycles, 0));
  }

  private LearningRateSchedule cosineWithRestarts() {
    double cycles = options("num_cycles").number("num_cycles", 1);
    return scaled(step -> ScheduleFormulas.cosineWithRestarts(step, warmup, total, cycles));
  }

  private LearningRateSchedule polynomial() {
    ScheduleOptions options = options("lr_end", "power");
    double end = options.number("lr_end", 1e-7);
    double power = options.number("power", 1);
    if (!(learningRate > end)) {
      throw options.wrong("lr_end", end, "below learning_rate, which is " + learningRate);
    }
    return scaled(
        step -> ScheduleFormulas.polynomial(step, warmup, total, end / learningRate, power));
  }

  private LearningRateSchedule constant() {
    options();
    return scaled(_ -> 1);
  }

  private LearningRateSchedule constantWithWarmup() {
    options();
    return scaled(step -> step < warmup ? ScheduleFormulas.warmup(step, warmup) : 1);
  }

  private LearningRateSchedule inverseSqrt() {
    ScheduleOptions options = options("timescale");
    long timescale = options.count("timescale", warmup > 0 ? warmup : 10_000);
    if (timescale == 0) {
      throw options.wrong("timescale", timescale, "at least 1");
    }
    return scaled(step -> ScheduleFormulas.inverseSqrt(step, warmup, timescale));
  }

  private LearningRateSchedule cosineWithMinLr() {
    ScheduleOptions options = options("num_cycles", "min_lr", "min_lr_rate");
    double cycles = options.number("num_cycles", 0.5);
    double least = leastFactor(options);
    return scaled(step -> ScheduleFormulas.cosine(step, warmup, total, cycles, least));
  }

  private LearningRateSchedule cosineWarmupWithMinLr() {
    ScheduleOptions options = options("num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate");
    double cycles = options.number("num_cycles", 0.5);
    double least = leastFactor(options);
    double first = options.number("warmup_lr_rate", Double.NaN);
    return scaled(
        step -> ScheduleFormulas.cosineFromFirstStep(step, warmup, total, cycles, least, first));
  }

  private double leastFactor(ScheduleOptions options) {
    if (options.has("min_lr") == options.has("min_lr_rate")) {
      throw options.missing("either min_lr or min_lr_rate");
    }
    if (options.has("min_lr") && learningRate == 0) {
      throw options.wrong(
          "min_lr", options.number("min_lr", 0), "left out at a learning_rate of 0");
    }
    return options.has("min_lr")
        ? options.number("min_lr", 0) / learningRate
        : options.number("min_lr_rate", 0);
  }

  private LearningRateSchedule warmupStableDecay() {
    ScheduleOptions options =
        options(
            "num_decay_steps",
            "num_stable_steps",
            "warmup_type",
            "decay_type",
            "min_lr_ratio",
            "num_cycles");
    if (!options.has("num_decay_steps")) {
      throw options.missing("num_decay_steps");
    }
    long decay = options.count("num_decay_steps", 0);
    long stable =
        options.has("num_stable_steps")
            ? options.count("num_stable_steps", 0)
            : total - warmup - decay;
    String rise = options.choice("warmup_type", "linear", SHAPES);
    String fall = options.choice("decay_type", "cosine", SHAPES);
    double least = options.number("min_lr_ratio", 0);
    double cycles = options.number("num_cycles", 0.5);
    return scaled(
        step ->
            ScheduleFormulas.warmupStableDecay(
                step, warmup, stable, decay, rise, fall, least, cycles));
  }

  private LearningRateSchedule plateau() {
    ScheduleOptions options =
        options(
            "mode",
            "factor",
            "patience",
            "threshold",
            "threshold_mode",
            "cooldown",
            "min_lr",
            "eps");
    double factor = options.number("factor", 0.1);
    if (!(factor < 1)) {
      throw options.wrong("factor", factor, "below 1");
    }
    return new PlateauSchedule(
        learningRate,
        options.choice("mode", "min", List.of("min", "max")).equals("max"),
        factor,
        options.count("patience", 10),
        options.number("threshold", 1e-4),
        options.choice("threshold_mode", "rel", List.of("rel", "abs")).equals("rel"),
        options.count("cooldown", 0),
        options.number("min_lr", 0),
        options.number("eps", 1e-8));
  }
}
