package dev.sifter.train.trainer;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * What a device was measured to do: the 100 % that a run's model FLOPs are related to, in place of
 * a data sheet that a CPU does not have, and the rates that a plan reckons with.
 *
 * @param flopsPerSecond of a square matrix product
 * @param bytesPerSecond read and written by adding two arrays larger than the caches
 * @param activationType of the numbers that were multiplied and added
 */
public record DeviceRates(double flopsPerSecond, double bytesPerSecond, DType activationType) {
  private static final int SIDE = 512;

  /** The product of a device that does the first one faster than it can be timed. */
  private static final int LARGE_SIDE = 4096;

  private static final double TIMED_SECONDS = 2e-4;
  private static final long ELEMENTS = 1L << 24;

  /** Long enough for kernels to be compiled and to run at full speed; few on a slow device. */
  private static final double SECONDS = 0.3;

  private static final int REPEATS = 15;
  private static final double MAX_SECONDS = 1;

  /** Measures a device. */
  public static DeviceRates measure(Backend backend) {
    DType type = backend.activationType();
    double bytes = 3.0 * ELEMENTS * type.bytes();
    return new DeviceRates(matrixRate(backend), bytes / fastestSum(backend), type);
  }

  /** FLOPs per second of the fastest of many square products. */
  static double matrixRate(Backend backend) {
    double seconds = fastestProduct(backend, SIDE);
    // A dry run computes nothing, however large.
    boolean isTimed = seconds > TIMED_SECONDS || backend instanceof DryRunBackend;
    return isTimed
        ? 2 * Math.pow(SIDE, 3) / seconds
        : 2 * Math.pow(LARGE_SIDE, 3) / fastestProduct(backend, LARGE_SIDE);
  }

  private static double fastestProduct(Backend backend, int side) {
    try (TensorArena arena = backend.newArena("calibration")) {
      Shape shape = Shape.of(side, side);
      Tensor a = filled(backend, arena, shape);
      Tensor b = filled(backend, arena, shape);
      Tensor c = arena.allocate(backend.activationType(), shape);
      return fastest(() -> backend.linear().matmul(a, false, b, true, 1, 0, c), c);
    }
  }

  private static double fastestSum(Backend backend) {
    try (TensorArena arena = backend.newArena("calibration")) {
      Tensor a = filled(backend, arena, Shape.of(ELEMENTS));
      Tensor b = filled(backend, arena, Shape.of(ELEMENTS));
      Tensor c = arena.allocate(backend.activationType(), Shape.of(ELEMENTS));
      return fastest(() -> backend.pointwise().add(a, b, c), c);
    }
  }

  private static Tensor filled(Backend backend, TensorArena arena, Shape shape) {
    Tensor tensor = arena.allocate(backend.activationType(), shape);
    backend.pointwise().fill(tensor, 1);
    return tensor;
  }

  /** Seconds of a kernel, until its result could be read. */
  private static double fastest(Runnable kernel, Tensor result) {
    MemorySegment element = MemorySegment.ofArray(new byte[result.dtype().bytes()]);
    double best = Double.POSITIVE_INFINITY;
    long begin = System.nanoTime();
    for (int i = 0; (i < REPEATS || since(begin) < SECONDS) && since(begin) < MAX_SECONDS; i++) {
      long start = System.nanoTime();
      kernel.run();
      result.read(0, element);
      best = Math.min(best, since(start));
    }
    return best;
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }
}
