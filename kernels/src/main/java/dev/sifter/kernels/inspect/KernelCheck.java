package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.gpu.KernelFaultException;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.gpu.emulator.TensorArithmetic;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialCheck;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Runs the trials of kernels with all checks of the emulator, several times: each time blocks and
 * warps run in another order. Results must be what the formulas say, and the same bits each time.
 *
 * <p>With a device, the emulator runs each trial once, and the device repeats it: its results must
 * be what the formulas say and the same bits each time, and are compared with the emulator's.
 */
public final class KernelCheck implements AutoCloseable {
  private static final long INPUT_SEED = 42;

  /** What a kernel that streams may move of the least: rows of sectors that are not full. */
  private static final double STREAMING = 1.02;

  private final List<Runner> runners = new ArrayList<>();
  private final List<EmulatorReport> reports = new ArrayList<>();
  private final Gpu device;
  private final int runsPerTrial;

  /** A device with the kernels that are loaded into it. */
  private record Runner(Gpu gpu, LoadedKernels kernels) {
    static Runner of(Gpu gpu) {
      return new Runner(gpu, new LoadedKernels(gpu, PtxTarget.SM_80));
    }
  }

  private KernelCheck(Gpu device, int emulators, int runsPerTrial, TensorArithmetic arithmetic) {
    this.device = device;
    this.runsPerTrial = runsPerTrial;
    EmulatorOptions options = EmulatorOptions.defaults().withTensorArithmetic(arithmetic);
    for (int seed = 0; seed < emulators; seed++) {
      EmulatedGpu gpu = new EmulatedGpu(options.withSeed(seed));
      if (seed == 0) {
        gpu.reportTo(reports::add);
      }
      runners.add(Runner.of(gpu));
    }
    if (device != null) {
      runners.add(Runner.of(device));
    }
  }

  /** On the emulator, under so many schedules; the first is the order of the numbers. */
  public static KernelCheck onEmulator(int schedules) {
    return new KernelCheck(
        null, schedules, schedules, EmulatorOptions.defaults().tensorArithmetic());
  }

  /** On a device, which stays the caller's, so many times; and once on the emulator. */
  public static KernelCheck onDevice(Gpu device, int runs) {
    return new KernelCheck(device, 1, 1 + runs, arithmeticOf(device.properties()));
  }

  /** The rounding of tensor cores that a device is known to have, or else the newest known. */
  private static TensorArithmetic arithmeticOf(GpuProperties properties) {
    return properties.computeMajor() == 8
        ? TensorArithmetic.EXACT_SM80
        : TensorArithmetic.EXACT_SM90;
  }

  /**
   * A kernel's trials.
   *
   * @param kernel its name
   * @param trials in order
   */
  public record Outcome(String kernel, List<TrialOutcome> trials) {
    /** All that is wrong, each with its trial. */
    public List<String> failures() {
      return trials.stream()
          .flatMap(trial -> trial.failures.stream().map(text -> trial.label + ": " + text))
          .toList();
    }

    /** The largest error, in units of what is allowed. */
    public double worst() {
      return trials.stream().mapToDouble(TrialOutcome::worst).max().orElse(0);
    }

    /** What the device's results have to do with the emulator's. */
    public Conformance conformance() {
      return trials.stream()
          .map(TrialOutcome::conformance)
          .reduce(Conformance.NONE, Conformance::plus);
    }
  }

  /**
   * A trial.
   *
   * @param label shapes and types
   * @param worst the largest error, in units of what is allowed
   * @param failures what is wrong; empty if all is as it must be
   * @param counts what the emulator counted; null if a check failed
   * @param conformance the device's results against the emulator's
   */
  public record TrialOutcome(
      String label,
      double worst,
      List<String> failures,
      TrialCounts counts,
      Conformance conformance) {}

  /**
   * Checks a kernel.
   *
   * @param progress told how many of its trials are done
   */
  public Outcome check(KernelEntry entry, LongConsumer progress) {
    List<TrialOutcome> trials = new ArrayList<>();
    for (KernelTrial trial : entry.trials()) {
      trials.add(check(trial, entry.streams() && trials.isEmpty()));
      progress.accept(trials.size());
    }
    return new Outcome(entry.name(), trials);
  }

  private TrialOutcome check(KernelTrial trial, boolean streams) {
    List<String> failures = new ArrayList<>();
    List<TrialCheck> runs = new ArrayList<>();
    reports.clear();
    for (int run = 0; run < runsPerTrial && failures.isEmpty(); run++) {
      for (String failure : run(trial, run, runs)) {
        failures.add(name(run) + ": " + failure);
      }
    }
    TrialCounts counts = runs.isEmpty() ? null : TrialCounts.of(TrialShape.of(trial), reports);
    if (streams && counts != null && counts.ofFloor() > STREAMING) {
      failures.add(
          "%d bytes of sectors touched; %d would do, and %s times that is allowed"
              .formatted(counts.sectorBytes(), counts.floorBytes(), STREAMING));
    }
    double worst =
        runs.stream()
            .flatMap(run -> run.worst().stream())
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(0);
    return new TrialOutcome(trial.label(), worst, failures, counts, conformance(runs));
  }

  /** Adds a run to those there were; returns what is wrong with it. */
  private List<String> run(KernelTrial trial, int run, List<TrialCheck> runs) {
    Runner runner = runners.get(Math.min(run, runners.size() - 1));
    try {
      TrialCheck check = TrialCheck.run(trial, runner.gpu, runner.kernels, INPUT_SEED);
      runs.add(check);
      List<String> failures = new ArrayList<>(check.failures());
      failures.addAll(otherBits(runs));
      return failures;
    } catch (KernelFaultException fault) {
      return List.of(fault.getMessage());
    }
  }

  /**
   * Whether the last run gave other bits than the first; of a device's runs, not the emulator's.
   */
  private List<String> otherBits(List<TrialCheck> runs) {
    int first = device == null ? 0 : 1;
    if (runs.size() <= first) {
      return List.of();
    }
    List<String> others = new ArrayList<>();
    List<byte[]> before = runs.get(first).bytes();
    List<TrialCheck.Result> now = runs.getLast().results();
    for (int i = 0; i < now.size(); i++) {
      int at = Arrays.mismatch(before.get(i), now.get(i).bytes());
      if (at >= 0) {
        others.add(
            "byte %d of %s is another than that of %s"
                .formatted(at, now.get(i).name(), name(first)));
      }
    }
    return others;
  }

  private Conformance conformance(List<TrialCheck> runs) {
    return device == null || runs.size() < 2
        ? Conformance.NONE
        : Conformance.of(runs.get(0).results(), runs.get(1).results());
  }

  private String name(int run) {
    if (device == null) {
      return "schedule " + run;
    }
    return run == 0 ? "emulator" : "%s, run %d".formatted(device.properties().name(), run);
  }

  @Override
  public void close() {
    for (Runner runner : runners) {
      if (runner.gpu != device) {
        runner.gpu.close();
      }
    }
  }
}
