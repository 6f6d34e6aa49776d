package dev.sifter.train.cli;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.List;

/** Log-probabilities of the tokens of rows; logits exist for a chunk of rows at a time only. */
final class RowScorer implements AutoCloseable {
  private final Decoder decoder;
  private final TensorArena arena;

  /** A scorer over a model, which it does not close. */
  RowScorer(Decoder decoder) {
    this.decoder = decoder;
    this.arena = decoder.backend().newStepArena("score");
  }

  /**
   * Scores rows in one pass.
   *
   * @param batch token ids, at least one a row
   * @return for every row, log p of each token but the first, given those before it
   */
  List<double[]> score(List<int[]> batch) {
    int predicted = batch.stream().mapToInt(row -> row.length - 1).sum();
    double[] losses = predicted == 0 ? new double[0] : losses(batch, predicted);
    List<double[]> scores = new ArrayList<>();
    int at = 0;
    for (int[] row : batch) {
      double[] values = new double[row.length - 1];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0 - losses[at++];
      }
      scores.add(values);
    }
    return scores;
  }

  private double[] losses(List<int[]> batch, int predicted) {
    int[] rows = new int[predicted];
    int[] targets = new int[predicted];
    int at = 0;
    int start = 0;
    for (int[] row : batch) {
      for (int i = 1; i < row.length; i++) {
        rows[at] = start + i - 1;
        targets[at++] = row[i];
      }
      start += row.length;
    }
    Tape tape = Tape.inference(decoder.backend(), arena);
    try (Variable hidden = decoder.hidden(tape, TokenBatch.of(batch), null)) {
      return decoder.loss(tape, hidden, rows, targets, 1).rowLoss();
    } finally {
      arena.clear();
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
