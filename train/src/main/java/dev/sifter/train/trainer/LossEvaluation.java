package dev.sifter.train.trainer;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.train.data.MicroBatch;
import java.util.List;
import java.util.Map;

/** Measures the loss on held-out batches, with dropout off. */
public final class LossEvaluation {
  private LossEvaluation() {}

  /**
   * Runs all batches; those without a target count for nothing.
   *
   * @param form what a token costs
   */
  public static EvalMetrics run(Decoder model, TokenLoss form, List<MicroBatch> batches) {
    double weighted = 0;
    double total = 0;
    double entropy = 0;
    double accuracy = 0;
    long examples = 0;
    long targets = 0;
    int counted = 0;
    try (TensorArena arena = model.backend().newStepArena("evaluation")) {
      for (MicroBatch batch : batches) {
        int n = batch.targets().length;
        if (n > 0) {
          LinearCrossEntropy.Loss loss = loss(model, form, batch, arena);
          weighted += loss.sum() / n * batch.examples();
          total += loss.sum();
          entropy += LossMeter.meanEntropy(loss);
          accuracy += LossMeter.accuracy(loss, batch.targets());
          examples += batch.examples();
          targets += n;
          counted++;
        }
        arena.clear();
      }
    }
    if (targets == 0) {
      throw new IllegalArgumentException("the evaluation data has no target token");
    }
    return new EvalMetrics(
        weighted / examples,
        total / targets,
        entropy / counted,
        accuracy / counted,
        targets,
        Map.of());
  }

  private static LinearCrossEntropy.Loss loss(
      Decoder model, TokenLoss form, MicroBatch batch, TensorArena arena) {
    Tape tape = Tape.inference(model.backend(), arena);
    try (Variable hidden = model.hidden(tape, batch.tokens(), null)) {
      return model.loss(
          tape, hidden, form, batch.labelRows(), batch.targets(), 1f / batch.targets().length);
    }
  }
}
