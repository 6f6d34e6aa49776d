package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import java.util.List;

/**
 * How far a merged model is from base + adapter, measured on given token sequences.
 *
 * @param tokens predictions compared
 * @param maxLogitDifference largest |difference| of two logits
 * @param maxLogit largest |logit|, to relate it to
 * @param meanKl mean Kullback-Leibler divergence of the predictions, nats
 * @param agreement share of predictions with the same most probable token
 */
public record MergeProof(
    int tokens, double maxLogitDifference, double maxLogit, double meanKl, double agreement) {

  /** Compares two models, text by text. */
  public static MergeProof measure(Decoder adapted, Decoder merged, List<int[]> texts) {
    Accumulator sums = new Accumulator();
    for (int[] text : texts) {
      float[][] expected = logits(adapted, text);
      float[][] actual = logits(merged, text);
      for (int t = 0; t < text.length; t++) {
        sums.add(expected[t], actual[t]);
      }
    }
    return sums.proof();
  }

  /**
   * Whether the difference is what rounding explains: with fp32 weights 2·10⁻⁵ of the largest
   * logit, five times what summing in another order was seen to do; with half-precision weights 5
   * %, since the merged weight itself is rounded to 8 or 11 bits.
   */
  public boolean holds(boolean halfPrecision) {
    double tolerance = halfPrecision ? 0.05 : 2e-5;
    return maxLogitDifference <= tolerance * maxLogit;
  }

  private static float[][] logits(Decoder model, int[] text) {
    try (TensorArena arena = model.backend().newStepArena("proof")) {
      Tape tape = Tape.inference(model.backend(), arena);
      Variable hidden = model.hidden(tape, TokenBatch.of(List.of(text)), null);
      int[] rows = new int[text.length];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = i;
      }
      return model.logits(tape, hidden, rows);
    }
  }

  private static final class Accumulator {
    private int tokens;
    private double maxDifference;
    private double maxLogit;
    private double kl;
    private int agreeing;

    void add(float[] expected, float[] actual) {
      tokens++;
      double expectedLse = logSumExp(expected);
      double actualLse = logSumExp(actual);
      for (int i = 0; i < expected.length; i++) {
        maxDifference = Math.max(maxDifference, Math.abs((double) expected[i] - actual[i]));
        maxLogit = Math.max(maxLogit, Math.abs(expected[i]));
        double logP = expected[i] - expectedLse;
        kl += Math.exp(logP) * (logP - (actual[i] - actualLse));
      }
      agreeing += argMax(expected) == argMax(actual) ? 1 : 0;
    }

    MergeProof proof() {
      int n = Math.max(tokens, 1);
      return new MergeProof(tokens, maxDifference, maxLogit, kl / n, (double) agreeing / n);
    }
  }

  private static double logSumExp(float[] x) {
    double max = x[argMax(x)];
    double sum = 0;
    for (float value : x) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }

  private static int argMax(float[] x) {
    int best = 0;
    for (int i = 1; i < x.length; i++) {
      best = x[i] > x[best] ? i : best;
    }
    return best;
  }
}
