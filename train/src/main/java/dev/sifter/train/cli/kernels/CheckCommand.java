package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.inspect.KernelCheck;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.model.Json;
import dev.sifter.train.report.Progress;
import dev.sifter.train.report.Terminal;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sifter kernels check}: proves kernels. */
@Command(
    name = "check",
    description = {
      "Runs kernels on their trials with all checks of the emulator, under several orders of blocks"
          + " and warps: results must be what the formulas say, and the same bits every time.",
      "With --device gpu the trials run on it, and the table says how far its results are from the"
          + " emulator's: the same bits, or how many units in the last place.",
      "Exits with 1 if anything is wrong."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private KernelNames kernels;

  @Mixin private DeviceOption device;

  @Option(
      names = "--schedules",
      paramLabel = "N",
      defaultValue = "4",
      description = "Orders of blocks and warps, or runs on a GPU; by default 4.")
  private int schedules;

  @Option(names = "--json", description = "Print the outcome of every trial as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    if (schedules < 1) {
      throw new ParameterException(
          spec.commandLine(), "--schedules %d: at least 1 is needed".formatted(schedules));
    }
    CheckTable table = new CheckTable(device.isEmulator(), outcomes());
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? Json.mapper().writeValueAsString(table.json()) + "\n" : table.text());
    out.flush();
    return table.hasFailures() ? 1 : 0;
  }

  private List<KernelCheck.Outcome> outcomes() {
    if (device.isEmulator()) {
      try (KernelCheck check = KernelCheck.onEmulator(schedules)) {
        return outcomes(check, kernels.entries());
      }
    }
    PrintWriter err = spec.commandLine().getErr();
    try (Gpu gpu = device.openGpu(err);
        KernelCheck check = KernelCheck.onDevice(gpu, schedules)) {
      return outcomes(check, kernels.entriesFor(gpu.properties(), err));
    }
  }

  private List<KernelCheck.Outcome> outcomes(KernelCheck check, List<KernelEntry> entries) {
    int total = entries.stream().mapToInt(entry -> entry.trials().size()).sum();
    List<KernelCheck.Outcome> outcomes = new ArrayList<>();
    PrintWriter err = spec.commandLine().getErr();
    try (Progress progress =
        Progress.start("checking", "trials", 0, total, Terminal.current(), err)) {
      int before = 0;
      for (KernelEntry entry : entries) {
        progress.message(entry.name());
        int done = before;
        outcomes.add(check.check(entry, trials -> progress.stepTo(done + trials)));
        before += entry.trials().size();
      }
    }
    return outcomes;
  }
}
