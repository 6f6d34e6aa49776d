package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What came of a trial.
 *
 * @param worst for each array, the largest error in units of what is allowed
 * @param failures what is wrong, one line each; empty if all is as it must be
 * @param results all results, for comparing runs
 */
public record TrialCheck(List<Double> worst, List<String> failures, List<Result> results) {

  /**
   * An array as it came out.
   *
   * @param name as the trial calls it
   * @param type of its elements; null if they are no numbers with a rounding
   * @param bytes its bytes
   */
  public record Result(String name, ElementType type, byte[] bytes) {}

  /** The bytes of all results. */
  public List<byte[]> bytes() {
    return results.stream().map(Result::bytes).toList();
  }

  /** Runs a trial on a device and compares. */
  public static TrialCheck run(KernelTrial kernelTrial, Gpu gpu, LoadedKernels kernels, long seed) {
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, seed)) {
      Trial trial = kernelTrial.setUp().apply(memory);
      kernels.run(gpu.stream(), trial.launches());
      gpu.stream().synchronize();
      List<Double> worst = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      List<Result> results = new ArrayList<>();
      for (Trial.Expected expected : trial.expected()) {
        byte[] bytes = memory.read(expected.array().array().slice());
        results.add(new Result(expected.name(), expected.array().type(), bytes));
        worst.add(compare(expected, bytes, failures));
      }
      for (Trial.ExpectedIntegers expected : trial.expectedIntegers()) {
        results.add(new Result(expected.name(), null, memory.read(expected.slice())));
        int[] actual = memory.readIntegers(expected.slice());
        int[] values = expected.values().get();
        int at = Arrays.mismatch(actual, values);
        if (at >= 0) {
          failures.add(
              "%s[%d] is %d, not %d".formatted(expected.name(), at, actual[at], values[at]));
        }
      }
      for (Trial.ExpectedBytes expected : trial.expectedBytes()) {
        byte[] actual = memory.read(expected.slice());
        results.add(new Result(expected.name(), null, actual));
        byte[] values = expected.values().get();
        int at = Arrays.mismatch(actual, values);
        if (at >= 0) {
          failures.add(
              "%s[%d] is %02x, not %02x".formatted(expected.name(), at, actual[at], values[at]));
        }
      }
      return new TrialCheck(worst, failures, results);
    }
  }

  /**
   * The bytes of all results of a run, for comparison with another.
   *
   * @param offsetBytes how far after a multiple of 256 bytes arrays begin, unless the trial says it
   */
  public static List<byte[]> bytes(
      KernelTrial kernelTrial, Gpu gpu, LoadedKernels kernels, long seed, int offsetBytes) {
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, seed)) {
      Trial trial = kernelTrial.setUp().apply(memory.offset(offsetBytes));
      kernels.run(gpu.stream(), trial.launches());
      gpu.stream().synchronize();
      return trial.results().stream().map(memory::read).toList();
    }
  }

  private static double compare(Trial.Expected expected, byte[] bytes, List<String> failures) {
    ElementType type = expected.array().type();
    float[] actual = Elements.decode(type, bytes);
    double[] reference = new double[actual.length];
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      reference[i] = expected.value().applyAsDouble(i);
      largest = Double.isFinite(reference[i]) ? Math.max(largest, Math.abs(reference[i])) : largest;
    }
    double worst = 0;
    int worstAt = -1;
    double squares = 0;
    double squaredErrors = 0;
    for (int i = 0; i < actual.length; i++) {
      squares += reference[i] * reference[i];
      squaredErrors += (actual[i] - reference[i]) * (actual[i] - reference[i]);
      double error = error(expected.tolerance(), type, actual[i], reference[i], largest);
      if (error > worst) {
        worst = error;
        worstAt = i;
      }
    }
    if (worst > 1) {
      failures.add(
          "%s[%d] is %s, not %s: %.3g times what is allowed (%s)"
              .formatted(
                  expected.name(),
                  worstAt,
                  actual[worstAt],
                  reference[worstAt],
                  worst,
                  expected.tolerance().reason()));
    }
    double ofNorm = expected.tolerance().ofNorm();
    if (ofNorm < Double.POSITIVE_INFINITY && !(squaredErrors <= ofNorm * ofNorm * squares)) {
      failures.add(
          "%s is off by %.3g of its norm; %s is allowed (%s)"
              .formatted(
                  expected.name(),
                  Math.sqrt(squaredErrors / squares),
                  ofNorm,
                  expected.tolerance().reason()));
    }
    return worst;
  }

  /** In units of what is allowed. */
  private static double error(
      Tolerance tolerance, ElementType type, float actual, double reference, double largest) {
    float rounded = Elements.rounded(type, (float) reference);
    if (Float.floatToIntBits(actual) == Float.floatToIntBits(rounded)) {
      return 0;
    }
    double distance = Math.abs(actual - reference);
    double allowed = tolerance.allowed(reference, largest, type);
    boolean comparable = Double.isFinite(distance) && allowed > 0;
    return comparable ? distance / allowed : Double.POSITIVE_INFINITY;
  }
}
