package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.inspect.Card;
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
      "Say what memory and time a training run will take, without making it.",
      "Memory exactly, by running every step on a backend that computes nothing; time at least, by"
          + " the rates that this machine is measured to reach.",
      "With --card, for a GPU that is not here: what its memory holds, and the time that its data"
          + " sheet allows at best.",
      "Examples:",
      "  sifter plan config.yaml --per_device_train_batch_size 8",
      "  sifter plan config.yaml --card h100"
    },
    mixinStandardHelpOptions = true)
final class PlanCommand extends PreviewCommand {
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

  @Option(
      names = "--card",
      paramLabel = "CARD",
      description =
          "Plan for this GPU instead of a device of this machine: ${COMPLETION-CANDIDATES}.")
  private Card card;

  @Override
  public Integer call() throws IOException {
    SftConfig config = config();
    Target target = card == null ? measured(config) : ofDataSheet(card, config.gpuActivations());
    SftPlanner planner = new SftPlanner(config, target.rates, target.gpu);
    SftPlan plan = planner.plan();
    long room =
        memory == null
            ? (long) (target.memoryBytes() * SHARE_FOR_ARENAS)
            : ByteSize.parse("--memory", memory);
    Optional<SftProposal> proposal = room > 0 ? planner.propose(room) : Optional.empty();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonMapper mapper =
          JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
      ObjectNode node = mapper.valueToTree(plan);
      node.set("proposal", mapper.valueToTree(proposal.orElse(null)));
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(node));
    } else {
      print(out, plan, target);
      if (room > 0) {
        propose(out, config, plan, room, proposal);
      }
    }
    return 0;
  }

  /**
   * What a run is planned for.
   *
   * @param rates that bound its time
   * @param source where they are from
   * @param gpu the device, unless it is this machine's processor
   */
  private record Target(DeviceRates rates, String source, Optional<GpuProperties> gpu) {
    long memoryBytes() {
      return gpu.map(GpuProperties::memoryBytes).orElseGet(PlanCommand::physicalMemory);
    }
  }

  private static Target measured(SftConfig config) {
    try (Backend backend =
        Backends.choose(config.device, config.resolvedThreads(), config.gpuActivations())
            .backend()) {
      return new Target(DeviceRates.measure(backend), "measured", Backends.gpuOf(backend));
    }
  }

  private static Target ofDataSheet(Card card, DType activations) {
    double flopsPerSecond = card.flopsPerSecond(activations == DType.BF16);
    return new Target(
        new DeviceRates(flopsPerSecond, card.bytesPerSecond(), activations),
        "by the data sheet of the " + card.label(),
        Optional.of(card.properties()));
  }

  private static void propose(
      PrintWriter out, SftConfig config, SftPlan plan, long room, Optional<SftProposal> proposal) {
    String fits = plan.peakBytes() <= room ? "fits into" : "does not fit into";
    out.printf(Locale.ROOT, "room           %,.0f MiB: the run %s it%n", room / MIB, fits);
    if (proposal.isEmpty()) {
      out.println("no division of the batch fits: lower max_length, or " + smaller(config));
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

  /** What takes less memory than the model that is to be trained. */
  private static String smaller(SftConfig config) {
    if (config.fromScratch) {
      return "make the model smaller";
    }
    return config.usePeft ? "load_in_4bit" : "train adapters (use_peft)";
  }

  private static void print(PrintWriter out, SftPlan plan, Target target) {
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
        "time           %.0f s at least (%,.1f GFLOP/s, %,.1f GB/s %s)%n",
        plan.seconds(),
        target.rates.flopsPerSecond() * 1e-9,
        target.rates.bytesPerSecond() * 1e-9,
        target.source);
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
