package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuEvent;
import dev.sifter.kernels.gpu.GpuGraph;
import dev.sifter.kernels.gpu.GpuStream;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times work on a device by the device's own clock.
 *
 * <p>Kernels run on several copies of their arrays in turn, so many that a copy has left the
 * second-level cache when its turn comes again. A sample is one replay of a graph of many runs, so
 * that neither the host nor a launch is timed; the time of a run is the median of the samples.
 */
public final class DeviceTimer {
  /** Samples that are taken, after one that is not. */
  public static final int SAMPLES = 30;

  /** What the other copies must be larger than, in sizes of the second-level cache. */
  private static final long CACHES = 2;

  private static final long MOST_COPIES = 64;

  /** Long against the resolution of events, about half a microsecond. */
  private static final double LEAST_SAMPLE_MILLIS = 0.5;

  private static final int MOST_RUNS = 256;
  private static final long COPIED_BYTES = 1L << 30;

  /** Copies in a sample. */
  private static final int COPIES = 4;

  private final Gpu gpu;
  private final LoadedKernels kernels;

  /** For a device that stays the caller's. */
  public DeviceTimer(Gpu gpu, PtxTarget target) {
    this.gpu = gpu;
    kernels = new LoadedKernels(gpu, target);
  }

  /**
   * Times of a run.
   *
   * @param medianSeconds of the samples
   * @param leastSeconds of them
   * @param mostSeconds of them
   * @param copies of the arrays, used in turn
   * @param runs in a sample
   */
  public record Timing(
      double medianSeconds, double leastSeconds, double mostSeconds, int copies, int runs) {}

  /** Times a trial's launches. */
  public Timing time(KernelTrial kernelTrial) {
    long bytes = Math.max(1, TrialShape.of(kernelTrial).leastBytes());
    int copies = copies(bytes);
    try (TrialMemory memory = new TrialMemory(gpu, TrialMemory.Purpose.TIME, 0)) {
      List<Runnable> turns = new ArrayList<>();
      for (int i = 0; i < copies; i++) {
        List<Launch> launches = kernelTrial.setUp().apply(memory).launches();
        turns.add(() -> kernels.run(gpu.stream(), launches));
      }
      return time(turns);
    }
  }

  private int copies(long bytes) {
    long wanted = 1 + Math.ceilDiv(CACHES * gpu.properties().l2Bytes(), bytes);
    long room = Math.max(1, gpu.freeBytes() / 2 / bytes);
    return (int) Math.min(MOST_COPIES, Math.min(wanted, room));
  }

  /**
   * Times work that is put into the device's stream: each of {@code turns} does the same on arrays
   * of its own.
   */
  public Timing time(List<Runnable> turns) {
    GpuStream stream = gpu.stream();
    // Whatever is made at the first use is made before the capture.
    turns.forEach(Runnable::run);
    stream.synchronize();
    try (GpuEvent start = gpu.createEvent();
        GpuEvent end = gpu.createEvent()) {
      double once = millis(stream, start, end, () -> turns.forEach(Runnable::run)) / turns.size();
      int wanted = (int) Math.min(MOST_RUNS, Math.ceil(LEAST_SAMPLE_MILLIS / Math.max(once, 1e-6)));
      int rounds = Math.ceilDiv(Math.max(wanted, turns.size()), turns.size());
      int runs = rounds * turns.size();
      try (GpuGraph graph = stream.capture(() -> repeat(turns, rounds))) {
        double[] seconds = new double[SAMPLES];
        millis(stream, start, end, () -> stream.replay(graph));
        for (int i = 0; i < SAMPLES; i++) {
          seconds[i] = millis(stream, start, end, () -> stream.replay(graph)) / runs * 1e-3;
        }
        double median = median(seconds);
        return new Timing(median, seconds[0], seconds[SAMPLES - 1], turns.size(), runs);
      }
    }
  }

  private static void repeat(List<Runnable> turns, int rounds) {
    for (int i = 0; i < rounds; i++) {
      turns.forEach(Runnable::run);
    }
  }

  private static double millis(GpuStream stream, GpuEvent start, GpuEvent end, Runnable work) {
    stream.record(start);
    work.run();
    stream.record(end);
    end.synchronize();
    return end.millisSince(start);
  }

  /**
   * Bytes a second that the device's own copy reads and writes: what memory really gives. No graph:
   * as a part of one, a copy on an H200 takes half as long again.
   */
  public double copyBytesPerSecond() {
    long bytes = Math.min(COPIED_BYTES, gpu.freeBytes() / 4);
    try (DeviceBuffer source = gpu.allocate(bytes);
        DeviceBuffer target = gpu.allocate(bytes);
        GpuEvent start = gpu.createEvent();
        GpuEvent end = gpu.createEvent()) {
      gpu.stream().clear(source.all());
      Runnable copies =
          () -> repeat(List.of(() -> gpu.stream().copy(source.all(), target.all())), COPIES);
      millis(gpu.stream(), start, end, copies);
      double[] seconds = new double[SAMPLES];
      for (int i = 0; i < SAMPLES; i++) {
        seconds[i] = millis(gpu.stream(), start, end, copies) / COPIES * 1e-3;
      }
      return 2 * bytes / median(seconds);
    }
  }

  private static double median(double[] samples) {
    Arrays.sort(samples);
    return (samples[(samples.length - 1) / 2] + samples[samples.length / 2]) / 2;
  }
}
