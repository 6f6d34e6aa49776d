package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftPlan;
import dev.sifter.train.trainer.DeviceRates;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter plan}: memory and time before the run. */
@Command(
    name = "plan",
    description = {
      "Says what a fine-tuning run will take, without making it: memory exactly, by running every"
          + " step on a backend that computes nothing; time at least, by the rates that this"
          + " machine is measured to reach.",
      "Example: sifter plan config.yaml --per_device_train_batch_size 8"
    },
    mixinStandardHelpOptions = true)
final class PlanCommand extends TrainingCommand {
  private static final double MIB = 1 << 20;

  @Option(names = "--json", description = "Print the plan as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    SftConfig config = readOptions(SftConfig.class);
    DeviceRates rates;
    try (Backend backend = Backends.open(config.device, config.resolvedThreads())) {
      rates = DeviceRates.measure(backend);
    }
    SftPlan plan = SftPlan.of(config, rates);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonMapper mapper =
          JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(plan));
    } else {
      print(out, plan, rates);
    }
    return 0;
  }

  private static void print(PrintWriter out, SftPlan plan, DeviceRates rates) {
    out.printf(
        Locale.ROOT,
        "weights        %,d, of which %,d are trained%n",
        plan.parameters(),
        plan.trainableParameters());
    out.printf(
        Locale.ROOT,
        "data           %,d rows, %,d tokens in %,d steps%n",
        plan.examples(),
        plan.numTokens(),
        plan.steps());
    out.printf(Locale.ROOT, "total_flos     %.0f%n", plan.totalFlos());
    out.printf(Locale.ROOT, "peak memory    %,.1f MiB in arenas%n", plan.peakBytes() / MIB);
    plan.peakBytesByArena()
        .forEach(
            (arena, bytes) -> out.printf(Locale.ROOT, "  %-12s %,.1f MiB%n", arena, bytes / MIB));
    out.printf(
        Locale.ROOT,
        "time           %.0f s at least (%.0f GFLOP/s, %.1f GB/s measured)%n",
        plan.seconds(),
        rates.flopsPerSecond() * 1e-9,
        rates.bytesPerSecond() * 1e-9);
    if (plan.simulatedSteps() < plan.steps()) {
      out.printf("simulated the first %,d steps%n", plan.simulatedSteps());
    }
    long physical = physicalMemory();
    if (physical > 0 && plan.peakBytes() > physical) {
      out.printf(
          Locale.ROOT,
          "It does not fit: this machine has %,.0f MiB. Lower per_device_train_batch_size or"
              + " max_length, or set gradient_checkpointing: true.%n",
          physical / MIB);
    }
  }

  private static long physicalMemory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
