package dev.sifter.train.sft;

import dev.sifter.train.data.BatchPlan;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.ExampleOrder;
import dev.sifter.train.data.MicroBatch;
import dev.sifter.train.trainer.ExampleBatches;
import java.util.List;
import java.util.Locale;

/** Prepared rows in the batches that a configuration asks for. */
public final class SftBatches {
  private SftBatches() {}

  /** The batches of a run over its training rows. */
  public static ExampleBatches training(SftConfig config, List<Example> examples) {
    BatchPlan plan =
        new BatchPlan(
            examples.size(),
            config.perDeviceTrainBatchSize,
            config.gradientAccumulationSteps,
            config.dataloaderDropLast,
            ExampleOrder.valueOf(config.trainSamplingStrategy.toUpperCase(Locale.ROOT)),
            config.resolvedDataSeed());
    return collated(config, examples, plan);
  }

  /** The batches of one evaluation over the rows held out; none where there are no rows. */
  static List<MicroBatch> evaluation(SftConfig config, List<Example> held) {
    if (held.isEmpty()) {
      return List.of();
    }
    int size = config.perDeviceEvalBatchSize;
    boolean dropLast = config.dataloaderDropLast;
    BatchPlan plan = new BatchPlan(held.size(), size, 1, dropLast, ExampleOrder.SEQUENTIAL, 0);
    return collated(config, held, plan).onePass();
  }

  private static ExampleBatches collated(SftConfig config, List<Example> examples, BatchPlan plan) {
    return new ExampleBatches(examples, plan, config.resolvedPaddingFree(), config.padToMultipleOf);
  }
}
