package dev.sifter.engine.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of a vector's lanes over a fixed tree.
 *
 * <p>{@code reduceLanes(ADD)} must not be used on floating-point vectors: its order is unspecified,
 * and differs between interpreted and compiled code, so that results would change as the program
 * warms up. These methods are the one place that a vector is passed to; they are small enough to be
 * inlined wherever it matters.
 */
final class LaneSum {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_4 = VectorShuffle.iota(D, 4, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_2 = VectorShuffle.iota(D, 2, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_1 = VectorShuffle.iota(D, 1, 1, true);

  private LaneSum() {}

  /** Sum of all lanes: halves, then quarters, down to single lanes. */
  static float of(FloatVector v) {
    if (S.length() > 8) {
      v = v.add(v.rearrange(BY_8));
    }
    if (S.length() > 4) {
      v = v.add(v.rearrange(BY_4));
    }
    if (S.length() > 2) {
      v = v.add(v.rearrange(BY_2));
    }
    return v.add(v.rearrange(BY_1)).lane(0);
  }

  /**
   * The same sum of a vector that was stored: several of them are summed side by side so, while
   * rearranging one in registers waits for each of its steps.
   */
  static float of(float[] lanes, int at) {
    return (quarter(lanes, at) + quarter(lanes, at + 2))
        + (quarter(lanes, at + 1) + quarter(lanes, at + 3));
  }

  /** The lanes that are whole fours apart. */
  private static float quarter(float[] lanes, int at) {
    return switch (S.length()) {
      case 4 -> lanes[at];
      case 8 -> lanes[at] + lanes[at + 4];
      case 16 -> (lanes[at] + lanes[at + 8]) + (lanes[at + 4] + lanes[at + 12]);
      default -> throw new IllegalStateException("vectors of " + S.length() + " floats");
    };
  }

  /** Sum of all lanes: halves, then quarters, down to single lanes. */
  static double of(DoubleVector v) {
    if (D.length() > 4) {
      v = v.add(v.rearrange(DOUBLES_BY_4));
    }
    if (D.length() > 2) {
      v = v.add(v.rearrange(DOUBLES_BY_2));
    }
    return v.add(v.rearrange(DOUBLES_BY_1)).lane(0);
  }
}
