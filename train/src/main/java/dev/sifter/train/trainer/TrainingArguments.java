package dev.sifter.train.trainer;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.DType;
import dev.sifter.train.optim.AdamWConfig;
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

  /** Share of the target that is spread over the vocabulary; none with {@code dft}. */
  public double labelSmoothingFactor;

  /** Noise on the embeddings in training, of magnitude α/√(length · width); null for none. */
  public Double neftuneNoiseAlpha;

  /** When to write a line of the log: {@code no}, {@code steps}, {@code epoch}. */
  public String loggingStrategy = "steps";

  /** Steps between two lines of the log; below 1 a share of all steps. */
  public double loggingSteps = 10;

  /** Whether the first step is logged as well. */
  public boolean loggingFirstStep;

  /** When to evaluate: {@code no}, {@code steps}, {@code epoch}. */
  public String evalStrategy = "no";

  /** Steps between two evaluations, or their share; 0 takes {@link #loggingSteps}. */
  @JsonSetter(nulls = Nulls.SKIP)
  public double evalSteps;

  /** Whether to evaluate before the first step, too. */
  public boolean evalOnStart;

  /** Steps, or with {@code eval_strategy: epoch} epochs, before the first evaluation. */
  public double evalDelay;

  /** Whether the result is that of the best checkpoint instead of the last step. */
  public boolean loadBestModelAtEnd;

  /** What evaluations are compared by, with or without {@code eval_}; null is {@code loss}. */
  public String metricForBestModel;

  /** Whether more is better; null: as it is with that metric. */
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

  /**
   * When to write checkpoints: {@code no}, {@code steps}, {@code epoch}, or {@code best}, at each
   * evaluation that is better than all before.
   */
  public String saveStrategy = "steps";

  /** Steps between two checkpoints; below 1 a share of all steps. */
  public double saveSteps = 500;

  /** How many checkpoints to keep; 0 for all. */
  @JsonSetter(nulls = Nulls.SKIP)
  public int saveTotalLimit;

  /** Seed of adapters, dropout and, without {@link #dataSeed}, of the order of the data. */
  public long seed = 42;

  /** Seed of the order of the data; null takes {@link #seed}. */
  public Long dataSeed;

  /** Whether activations are computed again in the backward pass instead of kept. */
  public boolean gradientCheckpointing = true;

  /** Order of the data: {@code random} or {@code sequential}. */
  public String trainSamplingStrategy = "random";

  /** Whether the last, smaller batch of an epoch, and of evaluations, is left out. */
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
    ArgumentChecks.check(this);
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

  /**
   * The options of AdamW.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  AdamWConfig adamW() {
    return new AdamWConfig(adamBeta1, adamBeta2, adamEpsilon, weightDecay);
  }

  /** What a token costs; as in TRL, whose dynamic loss takes the place of the smoothed one. */
  public TokenLoss tokenLoss() {
    boolean dynamic = lossType.equals("dft");
    return new TokenLoss(dynamic ? 0 : (float) labelSmoothingFactor, dynamic);
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
  public double resolvedEvalSteps() {
    return evalSteps == 0 ? loggingSteps : evalSteps;
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
