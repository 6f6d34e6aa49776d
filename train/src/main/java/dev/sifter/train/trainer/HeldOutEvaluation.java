package dev.sifter.train.trainer;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.MicroBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run measures on held-out data: the loss, if there are batches for it, and further
 * evaluations at the same steps; and which of them was the best.
 */
final class HeldOutEvaluation {
  private final TrainingArguments arguments;
  private final List<MicroBatch> batches;
  private final List<ModelEvaluation> others = new ArrayList<>();
  private final BestMetric best;

  /**
   * Of the loss alone.
   *
   * @param batches empty for none
   */
  HeldOutEvaluation(TrainingArguments arguments, List<MicroBatch> batches) {
    this.arguments = arguments;
    this.batches = batches;
    best = new BestMetric(arguments, batches.isEmpty() ? Map.of() : EvalMetrics.DIRECTIONS);
  }

  /** Adds an evaluation to that of the loss. */
  void add(ModelEvaluation evaluation) {
    others.add(evaluation);
    best.add(evaluation.directions());
  }

  /** Whether nothing is measured. */
  boolean isEmpty() {
    return batches.isEmpty() && others.isEmpty();
  }

  /** The best of what {@link BestMetric#observe} was told. */
  BestMetric best() {
    return best;
  }

  /** Measures the model as it is now. */
  EvalMetrics run(Decoder model) {
    EvalMetrics losses =
        batches.isEmpty()
            ? EvalMetrics.NO_LOSS
            : LossEvaluation.run(model, arguments.tokenLoss(), batches);
    Map<String, Double> figures = new LinkedHashMap<>();
    others.forEach(evaluation -> figures.putAll(evaluation.run(model)));
    return losses.with(figures);
  }
}
