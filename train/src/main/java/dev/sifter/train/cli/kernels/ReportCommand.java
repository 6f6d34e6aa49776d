package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.inspect.EmulatedTrial;
import dev.sifter.kernels.inspect.KernelSource;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter kernels report}: what a kernel does, counted line by line. */
@Command(
    name = "report",
    description = {
      "Runs a kernel on the emulator and prints, for every Java line that wrote instructions, what"
          + " they did: instructions, FLOPs, bytes, sectors a request, bank conflicts, divergence.",
      "The numbers do not depend on the machine."
    },
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Mixin private TrialChoice choice;

  @Option(names = "--json", description = "Print the reports of all launches as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    List<EmulatorReport> reports;
    try (EmulatedTrial trial = EmulatedTrial.open(choice.trial(), 0)) {
      reports = trial.runAll();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonMapper mapper =
          JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(reports));
    } else {
      out.println(choice.text());
      reports.forEach(report -> out.print("\n" + report.text(KernelSource::line)));
    }
    out.flush();
    return 0;
  }
}
