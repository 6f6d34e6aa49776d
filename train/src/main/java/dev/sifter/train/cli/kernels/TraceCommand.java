package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sifter.kernels.gpu.KernelFaultException;
import dev.sifter.kernels.inspect.EmulatedTrial;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.model.Json;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sifter kernels trace}: looks on while a warp runs. */
@Command(
    name = "trace",
    description = {
      "Runs a kernel on the emulator and prints what one warp does, instruction by instruction: the"
          + " Java line, the PTX, the lanes that run it, the registers it reads and writes, the"
          + " addresses it goes to.",
      "Example: sifter kernels trace gemm-tiled --warp 1 --lane 5 --from 30 --steps 10"
    },
    mixinStandardHelpOptions = true)
final class TraceCommand implements Callable<Integer> {
  @Mixin private TrialChoice choice;

  @Option(
      names = "--launch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Which of the trial's launches, from 1; by default the first.")
  private int launch;

  @Option(
      names = "--block",
      paramLabel = "B",
      defaultValue = "0",
      description = "Number of the block, along x first; by default 0.")
  private int block;

  @Option(
      names = "--warp",
      paramLabel = "W",
      defaultValue = "0",
      description = "Number of the warp within the block; by default 0.")
  private int warp;

  @Option(
      names = "--lane",
      paramLabel = "L",
      description = "Show the values of this lane, 0 to 31; by default all lanes in short.")
  private Integer lane;

  @Option(
      names = "--from",
      paramLabel = "N",
      defaultValue = "1",
      description = "The first step to show, from 1.")
  private long from;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "40",
      description = "How many steps to show; by default 40.")
  private int steps;

  @Option(
      names = "--schedule",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "The order of blocks and warps; 0, the default, is that of their numbers.")
  private long schedule;

  @Option(names = "--json", description = "Print the steps as JSON, with the values of all lanes.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    requireWithin("--lane", lane == null ? 0 : lane, 0, PtxAssembler.WARP - 1);
    requireWithin("--steps", steps, 1, Integer.MAX_VALUE);
    requireWithin("--from", from, 1, Long.MAX_VALUE);
    try (EmulatedTrial trial = EmulatedTrial.open(choice.trial(), schedule)) {
      requireWithin("--launch", launch, 1, trial.launches().size());
      Launch traced = trial.launches().get(launch - 1);
      requireWithin("--block", block, 0, traced.grid().blocks() - 1);
      int warps = traced.kernel().threadsPerBlock() / PtxAssembler.WARP;
      requireWithin("--warp", warp, 0, warps - 1);
      for (int i = 0; i < launch - 1; i++) {
        trial.run(i);
      }
      Trace trace = new Trace(from, steps);
      trial.trace(block, warp, trace::add);
      try {
        trial.run(launch - 1);
      } catch (KernelFaultException fault) {
        print(trial, trace);
        throw fault;
      }
      print(trial, trace);
    }
    return 0;
  }

  private void requireWithin(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), "%s %d: it must be %d to %d".formatted(option, value, least, most));
    }
  }

  private void print(EmulatedTrial trial, Trace trace) throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.mapper().writeValueAsString(TraceText.json(trace)));
      return;
    }
    out.println(choice.text());
    out.println(
        "launch %d of %d, block %d, warp %d: %d instructions"
            .formatted(launch, trial.launches().size(), block, warp, trace.total()));
    new TraceText(out, lane).print(trace);
    long next = from + trace.steps().size();
    if (trace.steps().isEmpty()) {
      out.println("no step %d: the warp runs %d".formatted(from, trace.total()));
    } else if (next <= trace.total()) {
      out.println("%nsifter kernels trace … --from %d goes on".formatted(next));
    }
    out.flush();
  }
}
