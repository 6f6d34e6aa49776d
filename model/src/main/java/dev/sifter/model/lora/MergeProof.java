package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
  private static final double FULL_LOGITS = 2e-5;
  private static final double HALF_LOGITS = 0.05;
  private static final double FULL_TURNED = 0.001;
  private static final double HALF_TURNED = 0.1;

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

  /** Whether the difference is what rounding explains: nothing is {@link #tooFar}. */
  public boolean holds(boolean halfPrecision) {
    return tooFar(halfPrecision).isEmpty();
  }

  /**
   * What differs by more than rounding explains, with its numbers.
   *
   * <ul>
   *   <li>Logits, by δ at most: with fp32 weights 2·10⁻⁵ of the largest one, five times what
   *       summing in another order was seen to do; with half-precision weights 5 %, since the
   *       merged weight itself is rounded to 8 or 11 bits.
   *   <li>KL divergence. For small differences it is half their variance under the prediction.
   *       Rounding acts like noise, of whose many values the largest is at least three standard
   *       deviations off: (δ/3)²/2 at most. More means that many logits are wrong, none by δ.
   *   <li>Most probable tokens. Rounding turns only those whose two best logits are nearly equal:
   *       at most one prediction of 1,000 with fp32 weights, one of 10 with half-precision ones;
   *       one in any case, since a proof may be short.
   * </ul>
   */
  public List<String> tooFar(boolean halfPrecision) {
    List<String> findings = new ArrayList<>();
    double logitBound = (halfPrecision ? HALF_LOGITS : FULL_LOGITS) * maxLogit;
    if (!(maxLogitDifference <= logitBound)) {
      findings.add(
          finding(
              "logits differ by up to %.3g, more than %.3g (the largest is %.3g)",
              maxLogitDifference, logitBound, maxLogit));
    }
    double klBound = logitBound * logitBound / 18;
    if (!(meanKl <= klBound)) {
      findings.add(finding("the mean KL divergence is %.3g nats, above %.3g", meanKl, klBound));
    }
    double turned = (1 - agreement) * tokens;
    double turnedBound = Math.max(1, (halfPrecision ? HALF_TURNED : FULL_TURNED) * tokens);
    if (!(turned <= turnedBound + 1e-6)) {
      findings.add(
          finding(
              "the most probable token differs in %.0f of %d predictions, more than %.0f",
              turned, tokens, turnedBound));
    }
    return findings;
  }

  private static String finding(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
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
