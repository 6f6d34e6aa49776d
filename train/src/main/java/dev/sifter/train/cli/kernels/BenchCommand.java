package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.inspect.Card;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.model.Json;
import dev.sifter.train.report.Progress;
import dev.sifter.train.report.Terminal;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter kernels bench}: how fast kernels are on a GPU, or could be. */
@Command(
    name = "bench",
    description = {
      "With --device gpu: times kernels in shapes of practice by the device's clock, on arrays that"
          + " are in no cache; the median of 30, beside what the device's own copy reaches.",
      "On the emulator nothing is timed: it counts what the kernel moves, and the table says how"
          + " fast it could be at best by the data sheet of a card. That is a bound, no"
          + " measurement."
    },
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Mixin private KernelNames kernels;

  @Mixin private DeviceOption device;

  @Option(
      names = "--card",
      paramLabel = "CARD",
      defaultValue = "h100",
      description =
          "Whose data sheet bounds the time on the emulator: ${COMPLETION-CANDIDATES}; by default"
              + " H100.")
  private Card card;

  @Option(names = "--json", description = "Print the numbers as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    String text;
    JsonNode node;
    if (device.isEmulator()) {
      BoundTable table = new BoundTable(card);
      eachOf(kernels.entries(), table::add);
      text = table.text();
      node = table.json();
    } else {
      PrintWriter err = spec.commandLine().getErr();
      try (Gpu gpu = device.openGpu(err)) {
        TimeTable table = new TimeTable(gpu);
        eachOf(kernels.entriesFor(gpu.properties(), err), table::add);
        text = table.text();
        node = table.json();
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? Json.mapper().writeValueAsString(node) + "\n" : text);
    out.flush();
    return 0;
  }

  private void eachOf(List<KernelEntry> entries, Consumer<KernelEntry> work) {
    PrintWriter err = spec.commandLine().getErr();
    try (Progress progress =
        Progress.start(
            device.isEmulator() ? "counting" : "timing",
            "kernels",
            0,
            entries.size(),
            Terminal.current(),
            err)) {
      for (int i = 0; i < entries.size(); i++) {
        progress.message(entries.get(i).name());
        work.accept(entries.get(i));
        progress.stepTo(i + 1);
      }
    }
  }
}
