package dev.sifter.train.sft;

/**
 * A way to make a run in less memory or time, with the same result.
 *
 * @param perDeviceTrainBatchSize rows of a forward pass
 * @param gradientAccumulationSteps forward passes of an optimizer step
 * @param gradientCheckpointing whether activations are computed again in the backward pass
 * @param plan what the run takes then
 */
public record SftProposal(
    int perDeviceTrainBatchSize,
    int gradientAccumulationSteps,
    boolean gradientCheckpointing,
    SftPlan plan) {

  SftProposal with(SftPlan newPlan) {
    return new SftProposal(
        perDeviceTrainBatchSize, gradientAccumulationSteps, gradientCheckpointing, newPlan);
  }

  /** Whether a configuration says so already. */
  public boolean isIn(SftConfig config) {
    return perDeviceTrainBatchSize == config.perDeviceTrainBatchSize
        && gradientAccumulationSteps == config.gradientAccumulationSteps
        && gradientCheckpointing == config.gradientCheckpointing;
  }
}
