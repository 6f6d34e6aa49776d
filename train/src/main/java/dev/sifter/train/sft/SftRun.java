package dev.sifter.train.sft;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.data.DatasetStatistics;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.trainer.Callbacks;
import dev.sifter.train.trainer.Checkpoints;
import dev.sifter.train.trainer.ContextLimit;
import dev.sifter.train.trainer.OutputLock;
import dev.sifter.train.trainer.RunRecord;
import dev.sifter.train.trainer.TensorBoardLog;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingLog;
import dev.sifter.train.trainer.TrainingSummary;
import dev.sifter.train.trainer.VocabularyLimit;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Supervised training from a configuration to a result on disk: data prepared and checked, model
 * loaded or begun, trained, saved. Everything that can be refused is refused before the first step.
 */
public final class SftRun implements AutoCloseable {
  private final SftConfig config;
  private final OutputLock lock;
  private final Arena rows;
  private final PreparedDataset data;
  private final List<String> warnings;
  private final int evalRows;
  private final Backends.Choice device;
  private final Path checkpoint;
  private Decoder model;
  private final Trainer trainer;
  private final Callbacks callbacks;
  private final RunRecord record;
  private final TrainedFolder folder;
  private final List<String> changes;
  private long resultStep;

  private SftRun(
      SftConfig config,
      Backends.Choice device,
      Path checkpoint,
      SftData prepared,
      Callbacks callbacks,
      Decoder model,
      Arena rows,
      OutputLock lock) {
    this.config = config;
    this.device = device;
    this.checkpoint = checkpoint;
    this.callbacks = callbacks;
    this.folder = new TrainedFolder(config);
    this.model = model;
    this.rows = rows;
    this.lock = lock;
    this.data = prepared.train();
    this.warnings = prepared.warnings();
    List<Example> held = prepared.eval() == null ? List.of() : prepared.eval().examples();
    this.evalRows = held.size();
    Optional<TaskEvaluation> tasks = TaskEvaluation.of(config);
    requireFit("training rows", prepared.train(), config.packing, prepared.tokenizer());
    if (prepared.eval() != null) {
      requireFit(
          "evaluation rows", prepared.eval(), config.packsEvaluation(), prepared.tokenizer());
    }
    this.trainer =
        new Trainer(
            model,
            config,
            SftBatches.training(config, data.examples()),
            SftBatches.evaluation(config, held));
    try {
      DatasetStatistics statistics = data.statistics();
      this.record =
          new RunRecord(
              ConfigReader.values(config),
              statistics.rows(),
              statistics.tokens(),
              backend().description());
      this.changes = checkpoint == null ? List.of() : record.changesSince(checkpoint);
      tasks.ifPresent(trainer::addEvaluation);
      equip(trainer);
    } catch (RuntimeException | Error e) {
      trainer.close();
      throw e;
    }
  }

  /** Has the trainer write its log and checkpoints and tell the callbacks; resumes it. */
  private void equip(Trainer trainer) {
    Path output = Path.of(config.outputDir);
    TrainingLog log = new TrainingLog(output);
    trainer.addListener(log);
    config.tensorBoardFolder().map(TensorBoardLog::new).ifPresent(trainer::addListener);
    trainer.checkpointsTo(
        new Checkpoints(
                output,
                target -> folder.writeCheckpoint(target, model),
                config.saveTotalLimit,
                log,
                record)
            ::write);
    callbacks.listeners().forEach(trainer::addListener);
    if (checkpoint != null) {
      Checkpoints.restore(checkpoint, trainer, log);
    }
  }

  /** Rows of documents that are cut where a row ends are documents of their own. */
  private void requireFit(String what, PreparedDataset rows, boolean packed, Tokenizer tokenizer) {
    boolean whole = packed && config.packingStrategy.equals("wrapped");
    int longest = (whole ? rows.examples() : rows.unpacked()).longest();
    int most = config.maxLength == null ? Integer.MAX_VALUE : config.maxLength;
    ContextLimit.require(what, Math.min(longest, most), model.config());
    VocabularyLimit.require(what, rows.examples(), tokenizer, model.config());
  }

  /**
   * Prepares a run.
   *
   * @param resume whether to continue from the newest checkpoint of the output folder
   * @throws IllegalArgumentException if options are out of range, there is nothing to resume, or
   *     there is and it is not asked for
   */
  public static SftRun open(SftConfig config, boolean resume) {
    return open(config, resume, PreparationListener.NONE);
  }

  /** Prepares a run, and tells how far the preparation of its data is. */
  public static SftRun open(SftConfig config, boolean resume, PreparationListener listener) {
    config.validate();
    Path checkpoint =
        Checkpoints.toBeginFrom(Path.of(config.outputDir), resume, config.overwriteOutputDir);
    return on(
        Backends.choose(config.device, config.resolvedThreads(), config.gpuActivations()),
        config,
        checkpoint,
        listener);
  }

  /**
   * Prepares a run on a backend that is open, which it closes with itself.
   *
   * @param checkpoint what to continue from; null to begin
   */
  public static SftRun on(
      Backends.Choice device, SftConfig config, Path checkpoint, PreparationListener listener) {
    OutputLock lock = null;
    Arena rows = Arena.ofShared();
    Callbacks callbacks = null;
    Decoder model = null;
    try {
      lock = OutputLock.take(Path.of(config.outputDir));
      callbacks = Callbacks.of(config);
      SftData data = SftData.prepare(config, listener, rows);
      model = loadModel(config, device.backend(), checkpoint);
      return new SftRun(config, device, checkpoint, data, callbacks, model, rows, lock);
    } catch (RuntimeException | Error e) {
      // What fails in closing is told with the error, not in its place.
      Backend backend = device.backend();
      OutputLock taken = lock;
      Callbacks called = callbacks;
      Decoder loaded = model;
      try (backend;
          taken;
          rows;
          called;
          loaded) {
        throw e;
      }
    }
  }

  /** The model that a configuration trains, as it is before the first step. */
  public static Decoder loadModel(SftConfig config, Backend backend, Path checkpoint) {
    Path base = Path.of(config.modelNameOrPath);
    if (config.fromScratch) {
      return checkpoint == null
          ? ModelFolder.fresh(base, config.seed, backend)
          : ModelFolder.loadBegun(base, checkpoint, backend);
    }
    if (!config.usePeft) {
      return checkpoint == null
          ? ModelFolder.load(base, backend, name -> true)
          : ModelFolder.loadTrained(base, checkpoint, backend);
    }
    return checkpoint == null
        ? AdaptedModel.fresh(base, backend, config.loraConfig(), config.quantization(), config.seed)
        : AdaptedModel.load(base, checkpoint, backend, config.quantization(), true);
  }

  /** The prepared training data. */
  public PreparedDataset data() {
    return data;
  }

  /** What is to be said of the data. */
  public List<String> warnings() {
    return warnings;
  }

  /** What is not as it was when the checkpoint was written that this run continues. */
  public List<String> changes() {
    return changes;
  }

  /** What practice says about the run: options that may disappoint, and what to set instead. */
  public List<String> advice() {
    return TrainingAdvice.of(config, data.statistics(), evalRows > 0, model, trainer.maxSteps());
  }

  /** Rows of the evaluation data. */
  public int evalRows() {
    return evalRows;
  }

  /** A line for the log: where the model runs, and why there. */
  public String device() {
    return device.why();
  }

  /** Where the model runs. */
  public Backend backend() {
    return device.backend();
  }

  /** The model being trained. */
  public Decoder model() {
    return model;
  }

  /** Adds a listener to the run. */
  public void addListener(TrainingListener listener) {
    trainer.addListener(listener);
  }

  /**
   * Trains to the end and saves the result in the output folder: the last step's, or with {@code
   * load_best_model_at_end} that of the best checkpoint.
   */
  public TrainingSummary run() {
    Path output = Path.of(config.outputDir);
    if (checkpoint == null) {
      Checkpoints.removeEarlier(output);
    }
    TrainingSummary summary = trainer.run();
    resultStep = summary.globalStep();
    long best = trainer.bestCheckpoint();
    if (config.loadBestModelAtEnd && best != resultStep) {
      Checkpoints.after(output, best).ifPresent(this::loadBest);
    }
    folder.writeResult(output, model);
    record.write(output);
    Checkpoints.finish(output, config.saveTotalLimit, best);
    return summary;
  }

  /** The step whose evaluation was the best; 0 if there was none. */
  public long bestStep() {
    return trainer.bestStep();
  }

  /** The step whose weights are the result, once the run has ended. */
  public long resultStep() {
    return resultStep;
  }

  private void loadBest(Path best) {
    model.close();
    model = loadModel(config, backend(), best);
    resultStep = trainer.bestCheckpoint();
  }

  /** Closes everything, from what was opened last, also where a lost device lets one of it fail. */
  @Override
  public void close() {
    Backend backend = backend();
    Decoder last = model;
    try (backend;
        lock;
        rows;
        last;
        trainer;
        callbacks) {
      // There is nothing left to do but to close.
    }
    backend.ledger().assertEmpty();
  }
}
