package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftPlan;
import dev.sifter.train.sft.SftPlanner;
import dev.sifter.train.sft.SftProposal;
import dev.sifter.train.trainer.DeviceRates;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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

  /** The rest is what the system and the JVM take of a machine, the driver of a GPU. */
  private static final double SHARE_FOR_ARENAS = 0.8;

  @Option(names = "--json", description = "Print the plan as JSON.")
  private boolean json;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "Room for the arenas, such as 8GiB; by default 80 %% of the device's memory, or of this"
              + " machine's.")
  private String memory;

  @Override
  public Integer call() throws IOException {
    SftConfig config = readOptions(SftConfig.class);
    DeviceRates rates;
    long available;
    try (Backend backend =
        Backends.choose(config.device, config.resolvedThreads(), config.gpuActivations())
            .backend()) {
      rates = DeviceRates.measure(backend);
      available = backend.deviceMemoryBytes().orElseGet(PlanCommand::physicalMemory);
    }
    SftPlanner planner = new SftPlanner(config, rates);
    SftPlan plan = planner.plan();
    long room = room(available);
    Optional<SftProposal> proposal = room > 0 ? planner.propose(room) : Optional.empty();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonMapper mapper =
          JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
      ObjectNode node = mapper.valueToTree(plan);
      node.set("proposal", mapper.valueToTree(proposal.orElse(null)));
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(node));
    } else {
      print(out, plan, rates);
      if (room > 0) {
        propose(out, config, plan, room, proposal);
      }
    }
    return 0;
  }

  private long room(long available) {
    return memory == null
        ? (long) (available * SHARE_FOR_ARENAS)
        : ByteSize.parse("--memory", memory);
  }

  private static void propose(
      PrintWriter out, SftConfig config, SftPlan plan, long room, Optional<SftProposal> proposal) {
    String fits = plan.peakBytes() <= room ? "fits into" : "does not fit into";
    out.printf(Locale.ROOT, "room           %,.0f MiB: the run %s it%n", room / MIB, fits);
    if (proposal.isEmpty()) {
      out.println("no division of the batch fits: lower max_length, or train adapters (use_peft)");
    } else if (proposal.get().isIn(config)) {
      out.println("no other division of the batch is faster");
    } else {
      SftProposal better = proposal.get();
      out.printf(
          Locale.ROOT,
          "the same run in %,.1f MiB and %.0f s at least:%n"
              + "  --per_device_train_batch_size %d --gradient_accumulation_steps %d"
              + " --gradient_checkpointing %s%n",
          better.plan().peakBytes() / MIB,
          better.plan().seconds(),
          better.perDeviceTrainBatchSize(),
          better.gradientAccumulationSteps(),
          better.gradientCheckpointing());
    }
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
  }

  private static long physicalMemory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
