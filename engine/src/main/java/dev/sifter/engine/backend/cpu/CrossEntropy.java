package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.TokenLoss;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Softmax cross-entropy of one row of logits after the other. A row is read twice, once for its
 * maximum and once for its exponentials; where a gradient is wanted, these are written in its place
 * and then scaled.
 *
 * @param vocabulary logits of a row
 * @param logits fp32 [R, vocabulary]
 * @param targets I32 [R], each in [0, vocabulary)
 * @param losses fp32 [R]
 * @param entropies fp32 [R], or null
 * @param argMaxima I32 [R], or null
 */
record CrossEntropy(
    TokenLoss form,
    int vocabulary,
    float gradientScale,
    MemorySegment logits,
    MemorySegment targets,
    MemorySegment losses,
    MemorySegment entropies,
    MemorySegment argMaxima) {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  private static final int CHUNK = 2048;
  private static final int LOGITS_SLOT = 0;
  private static final int EXPONENTIALS_SLOT = 1;

  /** Computes one row. */
  void row(int row, Scratch scratch) {
    float[] chunk = scratch.floats(LOGITS_SLOT, CHUNK);
    float[] exps = scratch.floats(EXPONENTIALS_SLOT, CHUNK);
    long start = (long) row * vocabulary;
    int target = targets.get(INT, 4L * row);
    float targetLogit = logits.get(FLOAT, 4 * (start + target));
    int first = argMax(start, chunk);
    float max = logits.get(FLOAT, 4 * (start + first));
    double sum = 0;
    double weighted = 0;
    double distances = 0;
    for (int i = 0; i < vocabulary; i += CHUNK) {
      int count = Math.min(CHUNK, vocabulary - i);
      Numbers.loadF32(logits, start + i, chunk, 0, count);
      if (form.labelSmoothing() != 0) {
        System.arraycopy(chunk, 0, exps, 0, count);
        NormLoops.addTo(exps, -max, count);
        distances += NormLoops.sum(exps, count);
      }
      System.arraycopy(chunk, 0, exps, 0, count);
      sum += VectorMath.exp(exps, 0, count, 1, max);
      if (entropies != null) {
        weighted += PointwiseLoops.weightedSum(chunk, exps, max, count);
      }
      if (gradientScale != 0) {
        Numbers.storeF32(exps, 0, logits, start + i, count);
      }
    }
    double logSum = Math.log(sum);
    double nll = logSum + ((double) max - targetLogit);
    double weight = form.dynamic() ? Math.exp(-nll) : 1;
    double meanNll = logSum - distances / vocabulary;
    losses.set(FLOAT, 4L * row, (float) (weight * smoothed(nll, meanNll)));
    if (entropies != null) {
      entropies.set(FLOAT, 4L * row, (float) (logSum - weighted / sum));
    }
    if (argMaxima != null) {
      argMaxima.set(INT, 4L * row, first);
    }
    if (gradientScale != 0) {
      gradient(start, target, gradientScale * weight, sum);
    }
  }

  private double smoothed(double nll, double meanNll) {
    float smoothing = form.labelSmoothing();
    return smoothing == 0 ? nll : (1 - smoothing) * nll + smoothing * meanNll;
  }

  /** A row, which holds exponentials, becomes scale · (row/sum − (1 − ε)·onehot − ε/V). */
  private void gradient(long start, int target, double scale, double sum) {
    PointwiseLoops.scale(logits, (float) (scale / sum), logits, 4 * start, vocabulary);
    long place = 4 * (start + target);
    float certain = (float) (scale * (1 - (double) form.labelSmoothing()));
    logits.set(FLOAT, place, logits.get(FLOAT, place) - certain);
    if (form.labelSmoothing() != 0) {
      float spread = (float) (scale * form.labelSmoothing() / vocabulary);
      PointwiseLoops.addTo(logits, -spread, 4 * start, vocabulary);
    }
  }

  /** First index of the row's largest element; 0 if no element exceeds −∞. */
  private int argMax(long start, float[] chunk) {
    float best = Float.NEGATIVE_INFINITY;
    int index = 0;
    for (int i = 0; i < vocabulary; i += CHUNK) {
      int length = Math.min(CHUNK, vocabulary - i);
      Numbers.loadF32(logits, start + i, chunk, 0, length);
      float most = PointwiseLoops.max(chunk, 0, length);
      if (most > best) {
        best = most;
        int at = 0;
        while (chunk[at] != most) {
          at++;
        }
        index = i + at;
      }
    }
    return index;
  }
}
