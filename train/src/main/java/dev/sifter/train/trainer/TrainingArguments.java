package dev.sifter.train.trainer;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.DType;
import dev.sifter.train.optim.Optimizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What governs a training run, whatever its data: the options of transformers' {@code
 * TrainingArguments} and TRL's {@code SFTConfig} under their own names (in snake case in files),
 * with TRL's defaults.
 */
public class TrainingArguments {
  /** Folder of checkpoints, logs and the result. */
  public String outputDir;

  /**
   * Whether checkpoints that an earlier run left in {@link #outputDir} are removed; otherwise a run
   * that does not resume them is refused.
   */
  public boolean overwriteOutputDir;

  /** Passes over the data; ignored where {@link #maxSteps} is given. */
  public double numTrainEpochs = 3;

  /** Optimizer steps; −1 leaves it to {@link #numTrainEpochs}. */
  public long maxSteps = -1;

  /** Rows of a forward pass. */
  public int perDeviceTrainBatchSize = 8;

  /** Rows of a forward pass in evaluation. */
  public int perDeviceEvalBatchSize = 8;

  /** Forward passes of an optimizer step. */
  public int gradientAccumulationSteps = 1;

  /** The update rule, one of {@link Optimizers#NAMES}. */
  public String optim = "adamw_torch";

  /** Momentum of {@code optim: sgd}. */
  public double sgdMomentum;

  /**
   * Whether activations are bf16 on a GPU, as transformers' autocast has them; null for yes, unless
   * {@link #fp16} is asked for. On the CPU they are fp32 whatever this says, which is nearer to the
   * exact result.
   */
  public Boolean bf16;

  /** As {@link #bf16}, of fp16; activations are fp32 instead, which needs no loss scaling. */
  public Boolean fp16;

  /** Whether to upload the result; only false is possible. */
  public boolean pushToHub;

  /** Peak learning rate. */
  public double learningRate = 2e-5;

  /** Shape of the learning rate over the run. */
  public String lrSchedulerType = "linear";

  /** Options of that shape. */
  public Map<String, Object> lrSchedulerKwargs = new TreeMap<>();

  /** Steps of warm-up; below 1 a share of all steps. */
  public double warmupSteps;

  /** Decoupled weight decay of weights that decay. */
  public double weightDecay;

  /** Decay of AdamW's first moment. */
  public double adamBeta1 = 0.9;

  /** Decay of AdamW's second moment. */
  public double adamBeta2 = 0.999;

  /** AdamW's ε. */
  public double adamEpsilon = 1e-8;

  /** Largest global gradient norm; 0 clips nothing. */
  public double maxGradNorm = 1.0;

  /** What a token costs: {@code nll} (also called {@code chunked_nll}) or {@code dft}. */
  public String lossType = "nll";

  /** Share of the target that is spread over the vocabulary. */
  public double labelSmoothingFactor;

  /** Noise on the embeddings in training, of magnitude α/√(length · width); null for none. */
  public Double neftuneNoiseAlpha;

  /** Steps between two lines of the log. */
  public int loggingSteps = 10;

  /** Whether the first step is logged as well. */
  public boolean loggingFirstStep;

  /** When to evaluate: {@code no}, {@code steps}, {@code epoch}. */
  public String evalStrategy = "no";

  /** Steps between two evaluations; 0 takes {@link #loggingSteps}. */
  public int evalSteps;

  /** Whether to evaluate before the first step, too. */
  public boolean evalOnStart;

  /** Steps, or with {@code eval_strategy: epoch} epochs, before the first evaluation. */
  public double evalDelay;

  /** Whether the result is that of the best evaluation instead of the last step. */
  public boolean loadBestModelAtEnd;

  /** What evaluations are compared by, with or without {@code eval_}; null is {@code loss}. */
  public String metricForBestModel;

  /** Whether more is better; null: unless the metric's name ends in {@code loss}. */
  public Boolean greaterIsBetter;

  /** Evaluations without an improvement after which the run ends; 0 goes to the last step. */
  public int earlyStoppingPatience;

  /** By how much an evaluation must be better to count as an improvement. */
  public double earlyStoppingThreshold;

  /** A loss above which the run ends after {@link #lossWatchdogPatience} steps; null for none. */
  public Double lossWatchdogThreshold;

  /** Steps in a row that the loss may be above {@link #lossWatchdogThreshold}. */
  public int lossWatchdogPatience = 3;

  /** Where figures go beside {@code log.jsonl}: {@code tensorboard}, or nowhere. */
  public List<String> reportTo = List.of();

  /** Folder of TensorBoard's event files; null is {@code runs} in the output folder. */
  public String loggingDir;

  /** When to write checkpoints: {@code no}, {@code steps}, {@code epoch}. */
  public String saveStrategy = "steps";

  /** Steps between two checkpoints. */
  public int saveSteps = 500;

  /** How many checkpoints to keep; 0 for all. */
  public int saveTotalLimit;

  /** Seed of adapters, dropout and, without {@link #dataSeed}, of the order of the data. */
  public long seed = 42;

  /** Seed of the order of the data; null takes {@link #seed}. */
  public Long dataSeed;

  /** Whether activations are computed again in the backward pass instead of kept. */
  public boolean gradientCheckpointing = true;

  /** Order of the data: {@code random} or {@code sequential}. */
  public String trainSamplingStrategy = "random";

  /** Whether the last, smaller batch of an epoch is left out. */
  public boolean dataloaderDropLast;

  /** Classes that implement {@link TrainingListener}, each of which hears of the run. */
  public List<String> callbacks = List.of();

  /** Jars and folders of classes in which {@link #callbacks} are found. */
  public List<String> callbackPath = List.of();

  /**
   * Where to compute: {@code auto}, {@code cpu}, {@code gpu}, {@code gpu:1} for the second one,
   * {@code emulator}, {@code reference}.
   */
  public String device = "auto";

  /** Threads of the cpu device; 0 for all cores. */
  public int threads;

  private List<String> notes = List.of();

  /** What is to be said about options before the run begins. */
  public final List<String> notes() {
    return notes;
  }

  /** Adds to the notes what these options say, and keeps them. */
  public final void keep(OptionNotes optionNotes) {
    noteUnused(optionNotes);
    notes = optionNotes.list();
  }

  /** Notes options that were given although others switch them off. */
  protected void noteUnused(OptionNotes optionNotes) {
    optionNotes.addUnused(this);
  }

  /** What the learning rate of a parameter is multiplied by. */
  public double rateFactor(Parameter parameter) {
    return 1;
  }

  /** Checks ranges that do not depend on the data. */
  public void validate() {
    require(outputDir != null && !outputDir.isBlank(), "output_dir", outputDir, "be given");
    require(numTrainEpochs > 0 || maxSteps > 0, "num_train_epochs", numTrainEpochs, "be above 0");
    require(
        perDeviceTrainBatchSize > 0,
        "per_device_train_batch_size",
        perDeviceTrainBatchSize,
        "be at least 1");
    require(
        perDeviceEvalBatchSize > 0,
        "per_device_eval_batch_size",
        perDeviceEvalBatchSize,
        "be at least 1");
    require(
        gradientAccumulationSteps > 0,
        "gradient_accumulation_steps",
        gradientAccumulationSteps,
        "be at least 1");
    require(
        learningRate >= 0 && Double.isFinite(learningRate),
        "learning_rate",
        learningRate,
        "be a number that is not negative");
    require(warmupSteps >= 0, "warmup_steps", warmupSteps, "not be negative");
    require(weightDecay >= 0, "weight_decay", weightDecay, "not be negative");
    require(adamBeta1 >= 0 && adamBeta1 < 1, "adam_beta1", adamBeta1, "lie in [0, 1)");
    require(adamBeta2 >= 0 && adamBeta2 < 1, "adam_beta2", adamBeta2, "lie in [0, 1)");
    require(adamEpsilon > 0, "adam_epsilon", adamEpsilon, "be above 0");
    require(maxGradNorm >= 0, "max_grad_norm", maxGradNorm, "not be negative");
    requireOneOf("optim", optim, Optimizers.NAMES.toArray(String[]::new));
    require(sgdMomentum >= 0 && sgdMomentum < 1, "sgd_momentum", sgdMomentum, "lie in [0, 1)");
    require(
        !(Boolean.TRUE.equals(bf16) && Boolean.TRUE.equals(fp16)),
        "fp16",
        true,
        "be false where bf16 is true");
    require(!pushToHub, "push_to_hub", true, "be false: results stay on this machine");
    requireOneOf("loss_type", lossType, "nll", "chunked_nll", "dft");
    require(
        labelSmoothingFactor >= 0 && labelSmoothingFactor < 1,
        "label_smoothing_factor",
        labelSmoothingFactor,
        "lie in [0, 1)");
    require(
        neftuneNoiseAlpha == null || neftuneNoiseAlpha >= 0,
        "neftune_noise_alpha",
        neftuneNoiseAlpha,
        "not be negative; NEFTune's authors use 5 to 15");
    require(loggingSteps > 0, "logging_steps", loggingSteps, "be at least 1");
    require(evalSteps >= 0, "eval_steps", evalSteps, "not be negative");
    require(threads >= 0, "threads", threads, "not be negative; 0 takes all cores");
    require(saveSteps > 0, "save_steps", saveSteps, "be at least 1");
    require(saveTotalLimit >= 0, "save_total_limit", saveTotalLimit, "not be negative");
    requireOneOf("eval_strategy", evalStrategy, "no", "steps", "epoch");
    requireOneOf("save_strategy", saveStrategy, "no", "steps", "epoch");
    validateEvaluation();
    requireOneOf("train_sampling_strategy", trainSamplingStrategy, "random", "sequential");
  }

  private void validateEvaluation() {
    require(
        earlyStoppingPatience >= 0,
        "early_stopping_patience",
        earlyStoppingPatience,
        "not be negative");
    require(
        earlyStoppingThreshold >= 0,
        "early_stopping_threshold",
        earlyStoppingThreshold,
        "not be negative");
    require(
        earlyStoppingPatience == 0 || !evalStrategy.equals("no"),
        "early_stopping_patience",
        earlyStoppingPatience,
        "be 0 unless eval_strategy says when to evaluate");
    require(evalDelay >= 0, "eval_delay", evalDelay, "not be negative");
    require(
        !evalOnStart || !evalStrategy.equals("no"),
        "eval_on_start",
        true,
        "be false unless eval_strategy says when to evaluate");
    require(
        lossWatchdogPatience > 0, "loss_watchdog_patience", lossWatchdogPatience, "be at least 1");
    if (loadBestModelAtEnd) {
      require(
          !evalStrategy.equals("no") && evalStrategy.equals(saveStrategy),
          "load_best_model_at_end",
          true,
          "have the same eval_strategy and save_strategy, not "
              + evalStrategy
              + " and "
              + saveStrategy);
      require(
          evalStrategy.equals("epoch") || saveSteps % resolvedEvalSteps() == 0,
          "save_steps",
          saveSteps,
          "be a multiple of eval_steps (" + resolvedEvalSteps() + ") with load_best_model_at_end");
    }
    reportTo.forEach(target -> requireOneOf("report_to", target, "tensorboard", "none"));
  }

  /** Refuses a value, naming the key and what it must do. */
  protected static void require(boolean condition, String key, Object value, String demand) {
    if (!condition) {
      throw new IllegalArgumentException("%s is %s; it must %s".formatted(key, value, demand));
    }
  }

  /** Refuses a value that is not one of those listed. */
  protected static void requireOneOf(String key, String value, String... choices) {
    for (String choice : choices) {
      if (choice.equals(value)) {
        return;
      }
    }
    require(false, key, value, "be one of " + String.join(", ", choices));
  }

  /** The metric's full name, with the default resolved. */
  String resolvedMetricForBestModel() {
    String name = metricForBestModel == null ? "loss" : metricForBestModel;
    return name.startsWith("eval_") ? name : "eval_" + name;
  }

  /** Folder of TensorBoard's event files, if they are wanted. */
  public Optional<Path> tensorBoardFolder() {
    return reportTo.contains("tensorboard")
        ? Optional.of(loggingDir == null ? Path.of(outputDir, "runs") : Path.of(loggingDir))
        : Optional.empty();
  }

  /** What a token costs. */
  public TokenLoss tokenLoss() {
    return new TokenLoss((float) labelSmoothingFactor, lossType.equals("dft"));
  }

  /** Magnitude of the noise on the embeddings of a row: α/√(length · width), or 0. */
  float neftuneNoise(int length, int width) {
    return neftuneNoiseAlpha == null || length == 0
        ? 0
        : (float) (neftuneNoiseAlpha / Math.sqrt((double) length * width));
  }

  /** Type of activations on a GPU. */
  public DType gpuActivations() {
    boolean narrow = bf16 == null ? !Boolean.TRUE.equals(fp16) : bf16;
    return narrow ? DType.BF16 : DType.F32;
  }

  /** Steps between two evaluations, with the default resolved. */
  public int resolvedEvalSteps() {
    return evalSteps > 0 ? evalSteps : loggingSteps;
  }

  /** Whether {@link #evalDelay} is not over. */
  boolean isBeforeFirstEvaluation(long step, double epoch) {
    return (evalStrategy.equals("epoch") ? epoch : step) < evalDelay;
  }

  /** Seed of the order of the data, with the default resolved. */
  public long resolvedDataSeed() {
    return dataSeed == null ? seed : dataSeed;
  }

  /** Threads of the cpu device, with the default resolved. */
  public int resolvedThreads() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
