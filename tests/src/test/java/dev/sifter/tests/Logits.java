package dev.sifter.tests;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import java.util.List;
import java.util.stream.IntStream;

/** What a model predicts for one document. */
public final class Logits {
  private Logits() {}

  /** Logits after each token, one row after the other. */
  public static float[] of(Decoder model, int... ids) {
    try (TensorArena arena = model.backend().newStepArena("step")) {
      return of(model, Tape.inference(model.backend(), arena), ids);
    }
  }

  /** As {@link #of}, in training: with dropout. */
  public static float[] inTraining(Decoder model, long seed, int... ids) {
    try (TensorArena arena = model.backend().newStepArena("step")) {
      return of(model, Tape.recording(model.backend(), arena, seed, 0), ids);
    }
  }

  private static float[] of(Decoder model, Tape tape, int... ids) {
    Variable hidden = model.hidden(tape, TokenBatch.of(List.of(ids)), null);
    float[][] rows = model.logits(tape, hidden, IntStream.range(0, ids.length).toArray());
    float[] all = new float[rows.length * rows[0].length];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(rows[r], 0, all, r * rows[0].length, rows[0].length);
    }
    return all;
  }
}
