package dev.sifter.train.pretrain;

import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.model.weights.WeightFolderWriter;
import dev.sifter.model.weights.WeightSource;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.data.BatchPlan;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.ExampleOrder;
import dev.sifter.train.data.Packing;
import dev.sifter.train.data.PackingStrategy;
import dev.sifter.train.data.TextCorpus;
import dev.sifter.train.data.record.HubName;
import dev.sifter.train.trainer.Callbacks;
import dev.sifter.train.trainer.Checkpoints;
import dev.sifter.train.trainer.ContextLimit;
import dev.sifter.train.trainer.ExampleBatches;
import dev.sifter.train.trainer.OutputLock;
import dev.sifter.train.trainer.RunRecord;
import dev.sifter.train.trainer.TensorBoardLog;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingLog;
import dev.sifter.train.trainer.TrainingSummary;
import dev.sifter.train.trainer.VocabularyLimit;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Trains a base model from scratch: fresh weights, plain text, every token a target. */
public final class PretrainRun implements AutoCloseable {
  private final PretrainConfig config;
  private final Backends.Choice device;
  private final Path checkpoint;
  private final OutputLock lock;
  private final Decoder model;
  private final Trainer trainer;
  private final Callbacks callbacks;
  private final RunRecord record;
  private final List<String> changes;

  private PretrainRun(
      PretrainConfig config,
      Backends.Choice device,
      Path checkpoint,
      List<Example> rows,
      Callbacks callbacks,
      Decoder model,
      OutputLock lock) {
    this.config = config;
    this.device = device;
    this.checkpoint = checkpoint;
    this.callbacks = callbacks;
    this.model = model;
    this.lock = lock;
    Path output = Path.of(config.outputDir);
    BatchPlan plan =
        new BatchPlan(
            rows.size(),
            config.perDeviceTrainBatchSize,
            config.gradientAccumulationSteps,
            config.dataloaderDropLast,
            ExampleOrder.valueOf(config.trainSamplingStrategy.toUpperCase(Locale.ROOT)),
            config.resolvedDataSeed());
    this.trainer = new Trainer(model, config, new ExampleBatches(rows, plan, true, 1), List.of());
    try {
      TrainingLog log = new TrainingLog(output);
      trainer.addListener(log);
      config.tensorBoardFolder().map(TensorBoardLog::new).ifPresent(trainer::addListener);
      this.record =
          new RunRecord(
              ConfigReader.values(config),
              rows.size(),
              rows.stream().mapToLong(Example::length).sum(),
              backend().description());
      trainer.checkpointsTo(
          new Checkpoints(output, this::save, config.saveTotalLimit, log, record)::write);
      callbacks.listeners().forEach(trainer::addListener);
      this.changes = checkpoint == null ? List.of() : record.changesSince(checkpoint);
      if (checkpoint != null) {
        Checkpoints.restore(checkpoint, trainer, log);
      }
    } catch (RuntimeException | Error e) {
      trainer.close();
      throw e;
    }
  }

  private static Decoder loadModel(PretrainConfig config, Backend backend, Path checkpoint) {
    ModelConfig modelConfig = ModelConfigReader.read(folder(config));
    WeightSource weights =
        checkpoint == null
            ? new FreshWeights(modelConfig, config.seed)
            : WeightFolder.open(checkpoint);
    return Decoder.over(modelConfig, new ParameterStore(backend, weights, name -> true, DType.F32));
  }

  private static Path folder(PretrainConfig config) {
    return HubName.requireFolder("model_name_or_path", config.modelNameOrPath);
  }

  private static List<Example> rows(PretrainConfig config, Tokenizer tokenizer) {
    TextCorpus corpus = TextCorpus.read(config.datasetName, config.documentSeparator, tokenizer);
    return config.packingStrategy.equals("wrapped")
        ? corpus.blocks(config.maxLength, true)
        : Packing.pack(
            corpus.documents(tokenizer.eosId().orElseThrow()),
            config.maxLength,
            PackingStrategy.BFD);
  }

  /**
   * Prepares a run.
   *
   * @param resume whether to continue from the newest checkpoint of the output folder
   */
  public static PretrainRun open(PretrainConfig config, boolean resume) {
    config.validate();
    Path checkpoint =
        Checkpoints.toBeginFrom(Path.of(config.outputDir), resume, config.overwriteOutputDir);
    Backends.Choice device =
        Backends.choose(config.device, config.resolvedThreads(), config.gpuActivations());
    OutputLock lock = null;
    Callbacks callbacks = null;
    Decoder model = null;
    try {
      lock = OutputLock.take(Path.of(config.outputDir));
      callbacks = Callbacks.of(config);
      Tokenizer tokenizer = Tokenizer.load(folder(config));
      List<Example> rows = rows(config, tokenizer);
      ModelConfig modelConfig = ModelConfigReader.read(folder(config));
      ContextLimit.require(
          "rows",
          rows.stream().flatMapToInt(row -> IntStream.of(row.documentLengths())).max().orElse(0),
          modelConfig);
      VocabularyLimit.require("rows", rows, tokenizer, modelConfig);
      model = loadModel(config, device.backend(), checkpoint);
      return new PretrainRun(config, device, checkpoint, rows, callbacks, model, lock);
    } catch (RuntimeException | Error e) {
      // What fails in closing is told with the error, not in its place.
      Backend backend = device.backend();
      OutputLock taken = lock;
      Callbacks called = callbacks;
      Decoder loaded = model;
      try (backend;
          taken;
          called;
          loaded) {
        throw e;
      }
    }
  }

  /** A line for the log: where the model runs, and why there. */
  public String device() {
    return device.why();
  }

  /** What is not as it was when the checkpoint was written that this run continues. */
  public List<String> changes() {
    return changes;
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

  /** Trains to the end and saves the model in the output folder. */
  public TrainingSummary run() {
    if (checkpoint == null) {
      Checkpoints.removeEarlier(Path.of(config.outputDir));
    }
    TrainingSummary summary = trainer.run();
    save(Path.of(config.outputDir));
    record.write(Path.of(config.outputDir));
    return summary;
  }

  private void save(Path folder) {
    ModelFolder.save(
        folder,
        ModelFolder.weights(model),
        model.config().json(),
        Path.of(config.modelNameOrPath),
        WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
  }

  /** Closes everything, from what was opened last, also where a lost device lets one of it fail. */
  @Override
  public void close() {
    Backend backend = backend();
    try (backend;
        lock;
        model;
        trainer;
        callbacks) {
      // There is nothing left to do but to close.
    }
    backend.ledger().assertEmpty();
  }
}
