package dev.sifter.train.trainer;

import static dev.sifter.train.options.OptionChecks.require;
import static dev.sifter.train.options.OptionChecks.requireOneOf;

import dev.sifter.train.optim.Optimizers;
import dev.sifter.train.options.StepCount;

/** What {@link TrainingArguments} may be, whatever the data. */
final class ArgumentChecks {
  private ArgumentChecks() {}

  static void check(TrainingArguments arguments) {
    require(
        arguments.outputDir != null && !arguments.outputDir.isBlank(),
        "output_dir",
        arguments.outputDir,
        "be given");
    checkAmounts(arguments);
    checkUpdates(arguments);
    checkLoss(arguments);
    checkStrategies(arguments);
    checkEvaluation(arguments);
    require(
        !(Boolean.TRUE.equals(arguments.bf16) && Boolean.TRUE.equals(arguments.fp16)),
        "fp16",
        true,
        "be false where bf16 is true");
    require(!arguments.pushToHub, "push_to_hub", true, "be false: results stay on this machine");
    require(
        arguments.threads >= 0, "threads", arguments.threads, "not be negative; 0 takes all cores");
    requireOneOf(
        "train_sampling_strategy", arguments.trainSamplingStrategy, "random", "sequential");
    arguments.reportTo.forEach(target -> requireOneOf("report_to", target, "tensorboard", "none"));
  }

  private static void checkAmounts(TrainingArguments arguments) {
    require(
        arguments.numTrainEpochs > 0 || arguments.maxSteps > 0,
        "num_train_epochs",
        arguments.numTrainEpochs,
        "be above 0");
    require(
        arguments.perDeviceTrainBatchSize > 0,
        "per_device_train_batch_size",
        arguments.perDeviceTrainBatchSize,
        "be at least 1");
    require(
        arguments.perDeviceEvalBatchSize > 0,
        "per_device_eval_batch_size",
        arguments.perDeviceEvalBatchSize,
        "be at least 1");
    require(
        arguments.gradientAccumulationSteps > 0
            && arguments.gradientAccumulationSteps <= OptimizerStep.MOST_MICRO_BATCHES,
        "gradient_accumulation_steps",
        arguments.gradientAccumulationSteps,
        "lie from 1 to " + OptimizerStep.MOST_MICRO_BATCHES);
  }

  private static void checkUpdates(TrainingArguments arguments) {
    require(
        arguments.learningRate >= 0 && Double.isFinite(arguments.learningRate),
        "learning_rate",
        arguments.learningRate,
        "be a number that is not negative");
    require(arguments.warmupSteps >= 0, "warmup_steps", arguments.warmupSteps, "not be negative");
    // Checks itself. With an epsilon of 0, which it takes, a gradient of 0 gives 0 / 0.
    arguments.adamW();
    require(arguments.adamEpsilon > 0, "adam_epsilon", arguments.adamEpsilon, "be above 0");
    require(arguments.maxGradNorm >= 0, "max_grad_norm", arguments.maxGradNorm, "not be negative");
    requireOneOf("optim", arguments.optim, Optimizers.NAMES.toArray(String[]::new));
    require(
        arguments.sgdMomentum >= 0 && arguments.sgdMomentum < 1,
        "sgd_momentum",
        arguments.sgdMomentum,
        "lie in [0, 1)");
  }

  private static void checkLoss(TrainingArguments arguments) {
    requireOneOf("loss_type", arguments.lossType, "nll", "chunked_nll", "dft");
    require(
        arguments.labelSmoothingFactor >= 0 && arguments.labelSmoothingFactor < 1,
        "label_smoothing_factor",
        arguments.labelSmoothingFactor,
        "lie in [0, 1)");
    require(
        arguments.neftuneNoiseAlpha == null || arguments.neftuneNoiseAlpha >= 0,
        "neftune_noise_alpha",
        arguments.neftuneNoiseAlpha,
        "not be negative; NEFTune's authors use 5 to 15");
  }

  private static void checkStrategies(TrainingArguments arguments) {
    requireSteps("logging_steps", arguments.loggingSteps);
    requireSteps("eval_steps", arguments.resolvedEvalSteps());
    requireSteps("save_steps", arguments.saveSteps);
    require(
        arguments.saveTotalLimit >= 0,
        "save_total_limit",
        arguments.saveTotalLimit,
        "not be negative");
    requireOneOf("logging_strategy", arguments.loggingStrategy, "no", "steps", "epoch");
    requireOneOf("eval_strategy", arguments.evalStrategy, "no", "steps", "epoch");
    requireOneOf("save_strategy", arguments.saveStrategy, "no", "steps", "epoch", "best");
  }

  private static void requireSteps(String key, double value) {
    require(
        StepCount.isValid(value), key, value, "be a whole number from 1, or a share of all steps");
  }

  private static void checkEvaluation(TrainingArguments arguments) {
    require(
        arguments.earlyStoppingPatience >= 0,
        "early_stopping_patience",
        arguments.earlyStoppingPatience,
        "not be negative");
    require(
        arguments.earlyStoppingThreshold >= 0,
        "early_stopping_threshold",
        arguments.earlyStoppingThreshold,
        "not be negative");
    require(
        arguments.earlyStoppingPatience == 0 || !arguments.evalStrategy.equals("no"),
        "early_stopping_patience",
        arguments.earlyStoppingPatience,
        "be 0 unless eval_strategy says when to evaluate");
    require(arguments.evalDelay >= 0, "eval_delay", arguments.evalDelay, "not be negative");
    require(
        !arguments.evalOnStart || !arguments.evalStrategy.equals("no"),
        "eval_on_start",
        true,
        "be false unless eval_strategy says when to evaluate");
    require(
        arguments.lossWatchdogPatience > 0,
        "loss_watchdog_patience",
        arguments.lossWatchdogPatience,
        "be at least 1");
    checkBest(arguments);
  }

  private static void checkBest(TrainingArguments arguments) {
    boolean savesBest = arguments.saveStrategy.equals("best");
    require(
        !savesBest || !arguments.evalStrategy.equals("no"),
        "save_strategy",
        arguments.saveStrategy,
        "not be best unless eval_strategy says when to evaluate");
    if (arguments.loadBestModelAtEnd && !savesBest) {
      require(
          !arguments.evalStrategy.equals("no")
              && arguments.evalStrategy.equals(arguments.saveStrategy),
          "load_best_model_at_end",
          true,
          "have the same eval_strategy and save_strategy, or save_strategy best, not "
              + arguments.evalStrategy
              + " and "
              + arguments.saveStrategy);
      require(
          arguments.evalStrategy.equals("epoch")
              || StepCount.isMultiple(arguments.saveSteps, arguments.resolvedEvalSteps()),
          "save_steps",
          arguments.saveSteps,
          "be a multiple of eval_steps ("
              + arguments.resolvedEvalSteps()
              + ") with load_best_model_at_end");
    }
  }
}
