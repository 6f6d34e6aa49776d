package dev.sifter.train.sft;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.trainer.DeviceRates;
import dev.sifter.train.trainer.Trainer;
import dev.sifter.train.trainer.TrainingSummary;
import java.util.List;
import java.util.Map;

/**
 * Memory and time of a run before it is made: the run itself, on the real batches, on the backend
 * that computes nothing.
 *
 * @param parameters weights, adapters included
 * @param trainableParameters those that are trained
 * @param examples rows of training data
 * @param steps optimizer steps of the run
 * @param simulatedSteps how many of them were simulated; the largest batches of the others may need
 *     more memory
 * @param numTokens tokens of all steps, without padding
 * @param totalFlos useful FLOPs as transformers counts them
 * @param peakBytes most bytes that the arenas hold at once
 * @param peakBytesByArena likewise by arena, each at its own moment
 * @param seconds least time that the device needs for the kernels
 */
public record SftPlan(
    long parameters,
    long trainableParameters,
    int examples,
    long steps,
    long simulatedSteps,
    long numTokens,
    double totalFlos,
    long peakBytes,
    Map<String, Long> peakBytesByArena,
    double seconds) {
  /** Enough to meet the long batches of most data; a dry step takes milliseconds. */
  private static final long MAX_SIMULATED_STEPS = 2000;

  /** Simulates the run of a configuration on a device of these rates. */
  public static SftPlan of(SftConfig config, DeviceRates rates) {
    config.validate();
    PreparedDataset data = SftData.prepare(config, PreparationListener.NONE).train();
    try (DryRunBackend backend = new DryRunBackend(rates.flopsPerSecond(), rates.bytesPerSecond());
        Decoder model = SftRun.loadModel(config, backend, null);
        Trainer trainer =
            new Trainer(model, config, SftRun.batches(config, data.examples()), List.of())) {
      double before = backend.seconds();
      TrainingSummary summary = trainer.runUntil(MAX_SIMULATED_STEPS);
      double scale = (double) trainer.maxSteps() / summary.globalStep();
      return new SftPlan(
          model.parameterCount(),
          model.parameters().trainable().stream()
              .map(Parameter::value)
              .mapToLong(value -> value.elements())
              .sum(),
          data.examples().size(),
          trainer.maxSteps(),
          summary.globalStep(),
          Math.round(summary.numTokens() * scale),
          summary.totalFlos() * scale,
          backend.ledger().peakBytes(),
          backend.ledger().peakBytesByArena(),
          (backend.seconds() - before) * scale);
    }
  }
}
