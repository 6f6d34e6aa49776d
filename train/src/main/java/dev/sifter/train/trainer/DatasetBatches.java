package dev.sifter.train.trainer;

import dev.sifter.train.data.BatchIterator;
import dev.sifter.train.data.BatchPlan;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Prepared examples, in the order and grouping of a {@link BatchPlan}. */
public final class DatasetBatches implements StepBatches {
  private final List<Example> examples;
  private final BatchPlan plan;
  private final BatchIterator iterator;
  private final Function<List<Example>, MicroBatch> collator;

  /** Batches of a plan over the examples it counts. */
  public DatasetBatches(
      List<Example> examples, BatchPlan plan, Function<List<Example>, MicroBatch> collator) {
    this.examples = examples;
    this.plan = plan;
    this.iterator = new BatchIterator(plan);
    this.collator = collator;
  }

  /** Examples in order, in batches of at most {@code size}: for evaluation. */
  public static List<MicroBatch> inOrder(
      List<Example> examples, int size, Function<List<Example>, MicroBatch> collator) {
    List<MicroBatch> batches = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += size) {
      batches.add(collator.apply(examples.subList(from, Math.min(from + size, examples.size()))));
    }
    return batches;
  }

  @Override
  public long stepsPerEpoch() {
    return plan.updatesPerEpoch();
  }

  @Override
  public List<MicroBatch> batches(long step) {
    iterator.seek(step);
    return iterator.next().microBatches().stream()
        .map(indices -> collator.apply(Arrays.stream(indices).mapToObj(examples::get).toList()))
        .toList();
  }
}
