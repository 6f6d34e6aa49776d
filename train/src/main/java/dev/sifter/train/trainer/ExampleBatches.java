package dev.sifter.train.trainer;

import dev.sifter.train.data.BatchPlan;
import dev.sifter.train.data.BatchSequence;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import java.util.ArrayList;
import java.util.List;

/** The steps of a run over examples, gathered by a {@link BatchPlan}. */
public final class ExampleBatches implements StepBatches {
  private final List<Example> examples;
  private final BatchSequence sequence;
  private final boolean paddingFree;
  private final int padToMultipleOf;

  /**
   * Batches of examples.
   *
   * @param paddingFree whether a micro-batch counts as one row without padding, as packed examples
   *     must; else as rows padded to the longest
   * @param padToMultipleOf of what the counted length of a row is a multiple; 1 for any length
   */
  public ExampleBatches(
      List<Example> examples, BatchPlan plan, boolean paddingFree, int padToMultipleOf) {
    if (plan.examples() != examples.size()) {
      throw new IllegalArgumentException(
          "a plan of %d examples for %d".formatted(plan.examples(), examples.size()));
    }
    this.examples = examples;
    this.sequence = new BatchSequence(plan);
    this.paddingFree = paddingFree;
    this.padToMultipleOf = padToMultipleOf;
  }

  @Override
  public long stepsPerEpoch() {
    return sequence.plan().updatesPerEpoch();
  }

  /** As logs of transformers give it: by micro-batches, of which an epoch's last step has fewer. */
  @Override
  public double epochAfter(long steps) {
    return sequence.plan().epochAfter(steps);
  }

  @Override
  public List<MicroBatch> batches(long step) {
    List<MicroBatch> batches = new ArrayList<>();
    for (int[] indices : sequence.update(step).microBatches()) {
      List<Example> rows = new ArrayList<>(indices.length);
      for (int index : indices) {
        rows.add(examples.get(index));
      }
      batches.add(collate(rows));
    }
    return batches;
  }

  /** All micro-batches of the first pass over the examples. */
  public List<MicroBatch> onePass() {
    List<MicroBatch> all = new ArrayList<>();
    for (long step = 0; step < stepsPerEpoch(); step++) {
      all.addAll(batches(step));
    }
    return all;
  }

  private MicroBatch collate(List<Example> rows) {
    return paddingFree
        ? MicroBatch.paddingFree(rows, padToMultipleOf)
        : MicroBatch.padded(rows, padToMultipleOf);
  }
}
