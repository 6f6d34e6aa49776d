package dev.sifter.train.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The updates of a run, epoch after epoch without end. What update n takes is a function of n
 * alone, so a resumed run goes on with exactly the batches that were next and need remember nothing
 * but n.
 */
public final class BatchSequence {
  private final BatchPlan plan;
  private int epochInMemory = -1;
  private int[] indices;

  /**
   * One update's examples.
   *
   * @param epoch from 0
   * @param microBatches numbers of examples, a list for each micro-batch
   */
  public record Update(int epoch, List<int[]> microBatches) {}

  /** The updates of a plan. */
  public BatchSequence(BatchPlan plan) {
    this.plan = plan;
  }

  /** How the updates are gathered. */
  public BatchPlan plan() {
    return plan;
  }

  /** Update {@code step}, counted from 0 over the whole run. Asking in order is quickest. */
  public Update update(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("update %d: 0 or more".formatted(step));
    }
    int epoch = Math.toIntExact(step / plan.updatesPerEpoch());
    if (epoch != epochInMemory) {
      indices = plan.order().indices(plan.examples(), plan.seed(), epoch);
      epochInMemory = epoch;
    }
    int size = plan.perDeviceTrainBatchSize();
    int first = (int) (step % plan.updatesPerEpoch()) * plan.gradientAccumulationSteps();
    int last = Math.min(first + plan.gradientAccumulationSteps(), plan.microBatchesPerEpoch());
    List<int[]> microBatches = new ArrayList<>();
    for (int batch = first; batch < last; batch++) {
      int to = Math.min((batch + 1) * size, indices.length);
      microBatches.add(Arrays.copyOfRange(indices, batch * size, to));
    }
    return new Update(epoch, List.copyOf(microBatches));
  }
}
