package dev.sifter.train.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks through the updates of a run, epoch after epoch without end. Its whole state is the number
 * of updates made, so a resumed run goes on with exactly the batches that were next.
 */
public final class BatchIterator {
  private final BatchPlan plan;
  private long updates;
  private int epochInMemory = -1;
  private int[] indices;

  /**
   * One update's examples.
   *
   * @param epoch from 0
   * @param microBatches numbers of examples, a list for each micro-batch
   */
  public record Update(int epoch, List<int[]> microBatches) {}

  /** Starts at the first update. */
  public BatchIterator(BatchPlan plan) {
    this.plan = plan;
  }

  /** Number of updates handed out: all that a checkpoint must keep. */
  public long position() {
    return updates;
  }

  /** Goes to where {@code position} updates have been handed out. */
  public void seek(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position %d: 0 or more".formatted(position));
    }
    updates = position;
  }

  /** The next update. */
  public Update next() {
    int epoch = Math.toIntExact(updates / plan.updatesPerEpoch());
    if (epoch != epochInMemory) {
      indices = plan.order().indices(plan.examples(), plan.seed(), epoch);
      epochInMemory = epoch;
    }
    int size = plan.perDeviceTrainBatchSize();
    int first = (int) (updates % plan.updatesPerEpoch()) * plan.gradientAccumulationSteps();
    int last = Math.min(first + plan.gradientAccumulationSteps(), plan.microBatchesPerEpoch());
    List<int[]> microBatches = new ArrayList<>();
    for (int batch = first; batch < last; batch++) {
      int to = Math.min((batch + 1) * size, indices.length);
      microBatches.add(Arrays.copyOfRange(indices, batch * size, to));
    }
    updates++;
    return new Update(epoch, List.copyOf(microBatches));
  }
}
