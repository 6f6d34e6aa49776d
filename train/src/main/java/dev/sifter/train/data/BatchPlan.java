package dev.sifter.train.data;

/**
 * How examples are gathered into micro-batches, and these into updates, as transformers' trainer
 * does: the last update of an epoch takes what is left.
 *
 * @param examples number of rows
 * @param perDeviceTrainBatchSize rows of a micro-batch
 * @param gradientAccumulationSteps micro-batches of an update
 * @param dropLast {@code dataloader_drop_last}: leave out a last micro-batch that is not full
 * @param order of the rows
 * @param seed of that order
 */
public record BatchPlan(
    int examples,
    int perDeviceTrainBatchSize,
    int gradientAccumulationSteps,
    boolean dropLast,
    ExampleOrder order,
    long seed) {

  /** Checks that there is at least one batch. */
  public BatchPlan {
    requirePositive("per_device_train_batch_size", perDeviceTrainBatchSize);
    requirePositive("gradient_accumulation_steps", gradientAccumulationSteps);
    if (examples < 1 || dropLast && examples < perDeviceTrainBatchSize) {
      throw new IllegalArgumentException(
          "%d examples make no batch of %d%s"
              .formatted(
                  examples,
                  perDeviceTrainBatchSize,
                  dropLast ? ": set dataloader_drop_last: false" : ""));
    }
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s is %d; it must be at least 1".formatted(option, value));
    }
  }

  /** Micro-batches of an epoch. */
  public int microBatchesPerEpoch() {
    return dropLast
        ? examples / perDeviceTrainBatchSize
        : Math.ceilDiv(examples, perDeviceTrainBatchSize);
  }

  /** Updates of an epoch. */
  public int updatesPerEpoch() {
    return Math.ceilDiv(microBatchesPerEpoch(), gradientAccumulationSteps);
  }

  /** The epoch, with its fraction, after a number of updates, as logs give it. */
  public double epochAfter(long updates) {
    long whole = updates / updatesPerEpoch();
    long done = updates % updatesPerEpoch() * gradientAccumulationSteps;
    return whole + (double) done / microBatchesPerEpoch();
  }
}
