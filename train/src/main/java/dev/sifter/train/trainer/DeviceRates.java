package dev.sifter.train.trainer;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.HostBackend;
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

  /**
   * Kernels of the CPU start interpreted, hundreds of times slower: they are run on little until
   * they have been compiled, which takes seconds on a busy machine. Of {@link #SIDE} this leaves
   * the same rests behind tiles of 48, 24 or 12 columns and of 8 or 6 rows: each is code of its
   * own.
   */
  private static final int WARM_UP_SIDE = 80;

  private static final long WARM_UP_ELEMENTS = 1L << 12;
  private static final int WARM_UP_RUNS = 1500;
  private static final double WARM_UP_MAX_SECONDS = 30;

  /** A kernel that has gained no more than a tenth for so long, after those runs, is compiled. */
  private static final double STEADY_SECONDS = 0.2;

  private static final double SECONDS = 0.3;
  private static final int REPEATS = 15;
  private static final double MAX_SECONDS = 1;

  /** Measures a device. */
  public static DeviceRates measure(Backend backend) {
    if (backend instanceof HostBackend) {
      timedSum(backend, WARM_UP_ELEMENTS, DeviceRates::steady);
    }
    DType type = backend.activationType();
    double bytes = 3.0 * ELEMENTS * type.bytes();
    return new DeviceRates(
        matrixRate(backend), bytes / timedSum(backend, ELEMENTS, DeviceRates::fastest), type);
  }

  /** FLOPs per second of the fastest of many square products; of a dry run, what it was told. */
  static double matrixRate(Backend backend) {
    if (backend instanceof DryRunBackend dryRun) {
      return flops(SIDE) / timedProduct(dryRun, SIDE, (kernel, c) -> told(dryRun, kernel));
    }
    if (backend instanceof HostBackend) {
      timedProduct(backend, WARM_UP_SIDE, DeviceRates::steady);
    }
    double seconds = timedProduct(backend, SIDE, DeviceRates::fastest);
    return seconds > TIMED_SECONDS
        ? flops(SIDE) / seconds
        : flops(LARGE_SIDE) / timedProduct(backend, LARGE_SIDE, DeviceRates::fastest);
  }

  private static double flops(int side) {
    return 2 * Math.pow(side, 3);
  }

  private static double timedProduct(Backend backend, int side, Timing timing) {
    try (TensorArena arena = backend.newArena("calibration")) {
      Shape shape = Shape.of(side, side);
      Tensor a = filled(backend, arena, shape);
      Tensor b = filled(backend, arena, shape);
      Tensor c = arena.allocate(backend.activationType(), shape);
      return timing.seconds(() -> backend.linear().matmul(a, false, b, true, 1, 0, c), c);
    }
  }

  private static double timedSum(Backend backend, long elements, Timing timing) {
    try (TensorArena arena = backend.newArena("calibration")) {
      Tensor a = filled(backend, arena, Shape.of(elements));
      Tensor b = filled(backend, arena, Shape.of(elements));
      Tensor c = arena.allocate(backend.activationType(), Shape.of(elements));
      return timing.seconds(() -> backend.pointwise().add(a, b, c), c);
    }
  }

  private static Tensor filled(Backend backend, TensorArena arena, Shape shape) {
    Tensor tensor = arena.allocate(backend.activationType(), shape);
    backend.pointwise().fill(tensor, 1);
    return tensor;
  }

  /** A way to time a kernel: seconds until its result could be read. */
  private interface Timing {
    double seconds(Runnable kernel, Tensor result);
  }

  private static double told(DryRunBackend dryRun, Runnable kernel) {
    double before = dryRun.seconds();
    kernel.run();
    return dryRun.seconds() - before;
  }

  private static double fastest(Runnable kernel, Tensor result) {
    double best = Double.POSITIVE_INFINITY;
    long begin = System.nanoTime();
    for (int i = 0; (i < REPEATS || since(begin) < SECONDS) && since(begin) < MAX_SECONDS; i++) {
      best = Math.min(best, once(kernel, result));
    }
    return best;
  }

  /** As {@link #fastest}, once the kernel no longer gains speed. */
  private static double steady(Runnable kernel, Tensor result) {
    double best = Double.POSITIVE_INFINITY;
    long begin = System.nanoTime();
    long gained = begin;
    for (int run = 0;
        (run < WARM_UP_RUNS || since(gained) < STEADY_SECONDS)
            && since(begin) < WARM_UP_MAX_SECONDS;
        run++) {
      double seconds = once(kernel, result);
      if (seconds < 0.9 * best) {
        gained = System.nanoTime();
      }
      best = Math.min(best, seconds);
    }
    return best;
  }

  private static double once(Runnable kernel, Tensor result) {
    MemorySegment element = MemorySegment.ofArray(new byte[result.dtype().bytes()]);
    long start = System.nanoTime();
    kernel.run();
    result.read(0, element);
    return since(start);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }
}
