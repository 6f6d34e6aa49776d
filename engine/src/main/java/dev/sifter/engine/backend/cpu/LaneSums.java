package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of a vector's lanes, halves onto halves.
 *
 * <p>{@code reduceLanes(ADD)} leaves the order open, and takes another one once the method is
 * compiled: the same inputs would give other bits after some runs.
 */
final class LaneSums {
  private LaneSums() {}

  static float sum(FloatVector vector) {
    float[] lanes = vector.toArray();
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }

  static double sum(DoubleVector vector) {
    double[] lanes = vector.toArray();
    for (int half = lanes.length / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
