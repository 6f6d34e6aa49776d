package dev.sifter.train.sft;

import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.trainer.DeviceRates;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingSummary;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Makes plans of a run, whose data it prepares once. */
public final class SftPlanner {
  /** Enough to meet the long batches of most data; a dry step takes milliseconds. */
  private static final long MAX_SIMULATED_STEPS = 2000;

  /** Enough to put candidates in order. */
  private static final long TRIAL_STEPS = 20;

  private final SftConfig config;
  private final DeviceRates rates;
  private final Optional<GpuProperties> gpu;
  private final List<Example> examples;

  /**
   * A planner for a configuration.
   *
   * @param rates of the device
   * @param gpu what it is, where it is a GPU: that has frozen weights, scratch memory and borders
   *     in its own memory, which a run on the host does without
   */
  public SftPlanner(SftConfig config, DeviceRates rates, Optional<GpuProperties> gpu) {
    config.validate();
    this.config = config;
    this.rates = rates;
    this.gpu = gpu;
    this.examples =
        SftData.prepare(config, PreparationListener.NONE, Arena.ofAuto()).train().examples();
  }

  /** The run as it is configured. */
  public SftPlan plan() {
    return simulate(config, MAX_SIMULATED_STEPS);
  }

  /**
   * The fastest way to make the same run in some memory: the effective batch and with it the result
   * stay as they are, only its division into forward passes and the recomputation of activations
   * change.
   *
   * @return nothing if a single row at a time with recomputation does not fit
   */
  public Optional<SftProposal> propose(long memoryBytes) {
    List<SftProposal> trials = new ArrayList<>();
    int rows = config.perDeviceTrainBatchSize * config.gradientAccumulationSteps;
    for (int batch = 1; batch <= rows; batch++) {
      if (rows % batch == 0) {
        trials.add(trial(batch, rows / batch, false));
        trials.add(trial(batch, rows / batch, true));
      }
    }
    return trials.stream()
        .filter(trial -> trial.plan().peakBytes() <= memoryBytes)
        .sorted(Comparator.comparingDouble(trial -> trial.plan().seconds()))
        .map(trial -> trial.with(simulate(configured(trial), MAX_SIMULATED_STEPS)))
        .filter(proposal -> proposal.plan().peakBytes() <= memoryBytes)
        .findFirst();
  }

  private SftProposal trial(int batch, int accumulation, boolean checkpointing) {
    SftProposal settings = new SftProposal(batch, accumulation, checkpointing, null);
    return settings.with(simulate(configured(settings), TRIAL_STEPS));
  }

  private SftConfig configured(SftProposal settings) {
    SftConfig changed = ConfigReader.copy(config);
    changed.perDeviceTrainBatchSize = settings.perDeviceTrainBatchSize();
    changed.gradientAccumulationSteps = settings.gradientAccumulationSteps();
    changed.gradientCheckpointing = settings.gradientCheckpointing();
    return changed;
  }

  private SftPlan simulate(SftConfig run, long steps) {
    try (DryRunBackend backend =
            new DryRunBackend(
                rates.flopsPerSecond(), rates.bytesPerSecond(), rates.activationType());
        Decoder model = model(run, backend);
        Trainer trainer = new Trainer(model, run, SftBatches.training(run, examples), List.of())) {
      double before = backend.seconds();
      TrainingSummary summary = trainer.runUntil(steps);
      MemoryLedger memory = gpu.map(card -> memoryOn(card, run, steps)).orElse(backend.ledger());
      double scale = (double) trainer.maxSteps() / summary.globalStep();
      return new SftPlan(
          model.parameterCount(),
          model.parameters().trainable().stream()
              .map(Parameter::value)
              .mapToLong(value -> value.elements())
              .sum(),
          examples.size(),
          trainer.maxSteps(),
          summary.globalStep(),
          Math.round(summary.numTokens() * scale),
          summary.totalFlos() * scale,
          memory.peakBytes(),
          memory.peakBytesByArena(),
          (backend.seconds() - before) * scale);
    }
  }

  private static Decoder model(SftConfig run, Backend backend) {
    return run.fromScratch
        ? ModelFolder.blank(Path.of(run.modelNameOrPath), backend)
        : SftRun.loadModel(run, backend, null);
  }

  /** The same steps on the backend of a GPU that computes nothing. */
  private MemoryLedger memoryOn(GpuProperties card, SftConfig run, long steps) {
    try (Backend backend = Backends.dryGpu(card, rates.activationType());
        Decoder model = model(run, backend);
        Trainer trainer = new Trainer(model, run, SftBatches.training(run, examples), List.of())) {
      trainer.runUntil(steps);
      return backend.ledger();
    }
  }
}
