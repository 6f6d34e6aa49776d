package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.gpu.emulator.TraceStep;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.LoadedKernels;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.kernels.library.catalog.TrialMemory;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A trial on an emulator of its own, launch by launch. */
public final class EmulatedTrial implements AutoCloseable {
  private static final long INPUT_SEED = 42;

  private final EmulatedGpu gpu;
  private final TrialMemory memory;
  private final LoadedKernels kernels;
  private final List<Launch> launches;

  private EmulatedTrial(EmulatedGpu gpu, KernelTrial trial) {
    this.gpu = gpu;
    memory = new TrialMemory(gpu, TrialMemory.Purpose.COMPARE, INPUT_SEED);
    kernels = new LoadedKernels(gpu, PtxTarget.SM_80);
    launches = trial.setUp().apply(memory).launches();
  }

  /** With its inputs in place, and blocks and warps in the order that a seed gives. */
  public static EmulatedTrial open(KernelTrial trial, long schedule) {
    return new EmulatedTrial(new EmulatedGpu(EmulatorOptions.defaults().withSeed(schedule)), trial);
  }

  /** What is to be launched, in order. */
  public List<Launch> launches() {
    return launches;
  }

  /** Runs one of the launches; those before it must have been run. */
  public EmulatorReport run(int launch) {
    kernels.run(gpu.stream(), List.of(launches.get(launch)));
    return gpu.lastReport();
  }

  /** Runs all of them. */
  public List<EmulatorReport> runAll() {
    List<EmulatorReport> reports = new ArrayList<>();
    for (int i = 0; i < launches.size(); i++) {
      reports.add(run(i));
    }
    return reports;
  }

  /** Lets {@code steps} have what a warp does from now on: {@link EmulatedGpu#trace}. */
  public void trace(int block, int warp, Consumer<TraceStep> steps) {
    gpu.trace(block, warp, steps);
  }

  @Override
  public void close() {
    memory.close();
    gpu.close();
  }
}
