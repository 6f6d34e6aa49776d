package dev.sifter.train.trainer;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;

/**
 * Measures what the device's own matrix product reaches: the 100 % that a run's model FLOPs are
 * related to, in place of a data sheet that a CPU does not have.
 */
final class PeakFlops {
  private static final int SIDE = 256;

  /** Long enough for the product to be compiled and to run at full speed. */
  private static final double SECONDS = 0.3;

  private PeakFlops() {}

  /** FLOPs per second of the fastest of many square products. */
  static double measure(Backend backend) {
    try (TensorArena arena = backend.newStepArena("calibration")) {
      Shape shape = Shape.of(SIDE, SIDE);
      Tensor a = arena.allocate(DType.F32, shape);
      Tensor b = arena.allocate(DType.F32, shape);
      Tensor c = arena.allocate(DType.F32, shape);
      backend.pointwise().fill(a, 1);
      backend.pointwise().fill(b, 1);
      double best = Double.POSITIVE_INFINITY;
      long begin = System.nanoTime();
      while (best == Double.POSITIVE_INFINITY || seconds(begin) < SECONDS) {
        long start = System.nanoTime();
        backend.linear().matmul(a, false, b, true, 1, 0, c);
        best = Math.min(best, seconds(start));
      }
      return 2.0 * SIDE * SIDE * SIDE / best;
    }
  }

  private static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) * 1e-9;
  }
}
