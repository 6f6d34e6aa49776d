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
  private static final int LARGEST_SIDE = 1024;
  private static final double ENOUGH_SECONDS = 0.02;
  private static final int REPEATS = 5;

  private PeakFlops() {}

  /** FLOPs per second of a square product, grown until it takes long enough to be timed. */
  static double measure(Backend backend) {
    for (int side = 64; ; side *= 2) {
      double best = bestSeconds(backend, side);
      if (best >= ENOUGH_SECONDS || side >= LARGEST_SIDE) {
        return 2.0 * side * side * side / best;
      }
    }
  }

  private static double bestSeconds(Backend backend, int side) {
    try (TensorArena arena = backend.newStepArena("calibration")) {
      Shape shape = Shape.of(side, side);
      Tensor a = arena.allocate(DType.F32, shape);
      Tensor b = arena.allocate(DType.F32, shape);
      Tensor c = arena.allocate(DType.F32, shape);
      backend.pointwise().fill(a, 1);
      backend.pointwise().fill(b, 1);
      double best = Double.POSITIVE_INFINITY;
      for (int i = 0; i < REPEATS && best > 0; i++) {
        long start = System.nanoTime();
        backend.linear().matmul(a, false, b, true, 1, 0, c);
        double seconds = (System.nanoTime() - start) * 1e-9;
        best = Math.min(best, seconds);
        if (seconds > 10 * ENOUGH_SECONDS) {
          break;
        }
      }
      return best;
    }
  }
}
