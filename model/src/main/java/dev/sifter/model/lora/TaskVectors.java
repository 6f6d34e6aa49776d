package dev.sifter.model.lora;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Weighted sums of what several trainings changed, after pruning and voting where asked for. */
final class TaskVectors {
  private TaskVectors() {}

  /** Σ wᵢ·xᵢ (task arithmetic, Ilharco et al. 2023). */
  static float[] sum(List<float[]> vectors, double[] weights) {
    float[] sum = new float[vectors.getFirst().length];
    for (int v = 0; v < weights.length; v++) {
      float weight = (float) weights[v];
      float[] vector = vectors.get(v);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += vector[i] * weight;
      }
    }
    return sum;
  }

  /**
   * Each vector with only its largest elements by magnitude: the share {@code density} of them, of
   * equal ones, which are many in bf16, the first.
   */
  static List<float[]> largest(List<float[]> vectors, double density) {
    List<float[]> pruned = new ArrayList<>();
    for (float[] vector : vectors) {
      int kept = (int) (density * vector.length);
      float[] magnitudes = new float[vector.length];
      for (int i = 0; i < vector.length; i++) {
        magnitudes[i] = Math.abs(vector[i]);
      }
      Arrays.sort(magnitudes);
      float threshold = kept == 0 ? Float.POSITIVE_INFINITY : magnitudes[vector.length - kept];
      int equal = kept;
      while (equal > 0 && magnitudes[vector.length - kept + equal - 1] > threshold) {
        equal--;
      }
      float[] result = new float[vector.length];
      for (int i = 0; i < vector.length; i++) {
        float magnitude = Math.abs(vector[i]);
        if (magnitude > threshold || magnitude == threshold && equal-- > 0) {
          result[i] = vector[i];
        }
      }
      pruned.add(result);
    }
    return pruned;
  }

  /**
   * Each vector with elements dropped at random and the others scaled up in turn (DARE, Yu et al.
   * 2024).
   *
   * @param stream of the first vector; the others have the following ones
   */
  static List<float[]> dropped(List<float[]> vectors, double density, RandomStream stream) {
    List<float[]> pruned = new ArrayList<>();
    for (int v = 0; v < vectors.size(); v++) {
      float[] vector = vectors.get(v);
      RandomStream own = new RandomStream(stream.seed(), stream.stream() + v);
      float[] result = new float[vector.length];
      for (int i = 0; i < vector.length; i++) {
        result[i] = Philox.uniform(own, i) < density ? (float) (vector[i] / density) : 0;
      }
      pruned.add(result);
    }
    return pruned;
  }

  /**
   * The weighted mean of those elements that have the sign which most have (TIES, Yadav et al.
   * 2023). As in PEFT, the vote is over the vectors without their weights.
   *
   * @param byCount whether signs are counted, not summed with their magnitudes
   */
  static float[] elected(List<float[]> vectors, double[] weights, boolean byCount) {
    float[] mean = new float[vectors.getFirst().length];
    for (int i = 0; i < mean.length; i++) {
      float vote = 0;
      for (float[] vector : vectors) {
        vote += byCount ? Math.signum(vector[i]) : vector[i];
      }
      float majority = vote >= 0 ? 1 : -1;
      float sum = 0;
      int count = 0;
      for (int v = 0; v < weights.length; v++) {
        if (Math.signum(vectors.get(v)[i]) == majority) {
          sum += vectors.get(v)[i] * (float) weights[v];
          count++;
        }
      }
      mean[i] = sum / Math.max(count, 1);
    }
    return mean;
  }
}
