package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.inspect.Conformance;
import dev.sifter.kernels.inspect.KernelCheck;
import dev.sifter.kernels.inspect.TrialCounts;
import dev.sifter.model.Json;
import java.util.List;

/**
 * What came of a check.
 *
 * @param onEmulator whether no other device ran
 * @param outcomes kernel by kernel
 */
record CheckTable(boolean onEmulator, List<KernelCheck.Outcome> outcomes) {

  boolean hasFailures() {
    return outcomes.stream().anyMatch(outcome -> !outcome.failures().isEmpty());
  }

  String text() {
    StringBuilder text = new StringBuilder(onEmulator ? counters() : conformance());
    int trials = outcomes.stream().mapToInt(outcome -> outcome.trials().size()).sum();
    for (KernelCheck.Outcome outcome : outcomes) {
      for (String failure : outcome.failures()) {
        text.append("\nFAILED ").append(outcome.kernel()).append(", ").append(failure).append('\n');
      }
    }
    long failed = outcomes.stream().filter(outcome -> !outcome.failures().isEmpty()).count();
    return text.append(
            "%n%d kernels, %d trials: %s%n"
                .formatted(
                    outcomes.size(),
                    trials,
                    failed == 0 ? "all as they must be" : failed + " kernels FAILED"))
        .toString();
  }

  /** Errors over all trials; counters of the first, which is the one that claims are made for. */
  private String counters() {
    TextTable table =
        new TextTable()
            .left("kernel")
            .right("trials")
            .right("error")
            .right("bytes moved")
            .right("of least")
            .right("sect./load")
            .right("sect./store")
            .right("conflicts")
            .left("");
    for (KernelCheck.Outcome outcome : outcomes) {
      TrialCounts counts = outcome.trials().getFirst().counts();
      table.row(
          outcome.kernel(),
          outcome.trials().size(),
          Quantity.decimal(outcome.worst(), 3),
          counts == null ? "–" : Quantity.count(counts.sectorBytes()),
          counts == null ? "–" : Quantity.decimal(counts.ofFloor(), 2),
          counts == null ? "–" : Quantity.decimal(counts.sectorsPerLoad(), 1),
          counts == null ? "–" : Quantity.decimal(counts.sectorsPerStore(), 1),
          counts == null ? "–" : Quantity.count(counts.bankConflicts()),
          verdict(outcome));
    }
    return table.text()
        + "\n"
        + "error: the largest, in units of what is allowed; 0 is exact. Bytes, sectors of 32"
        + " bytes\n"
        + "a request and bank conflicts: of the first trial, whose least has what is read again"
        + " from a cache.\n";
  }

  private String conformance() {
    TextTable table =
        new TextTable()
            .left("kernel")
            .right("trials")
            .right("error")
            .left("against the emulator")
            .left("");
    for (KernelCheck.Outcome outcome : outcomes) {
      table.row(
          outcome.kernel(),
          outcome.trials().size(),
          Quantity.decimal(outcome.worst(), 3),
          outcome.conformance().text(),
          verdict(outcome));
    }
    return table.text() + "\nerror: the largest, in units of what is allowed; 0 is exact.\n";
  }

  private static String verdict(KernelCheck.Outcome outcome) {
    return outcome.failures().isEmpty() ? "ok" : "FAILED";
  }

  ArrayNode json() {
    ArrayNode array = Json.mapper().createArrayNode();
    for (KernelCheck.Outcome outcome : outcomes) {
      ObjectNode kernel = array.addObject().put("kernel", outcome.kernel());
      kernel.put("ok", outcome.failures().isEmpty());
      ArrayNode trials = kernel.putArray("trials");
      outcome.trials().forEach(trial -> trials.add(json(trial)));
    }
    return array;
  }

  private ObjectNode json(KernelCheck.TrialOutcome trial) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("label", trial.label()).put("error", trial.worst());
    ArrayNode failures = node.putArray("failures");
    trial.failures().forEach(failures::add);
    if (trial.counts() != null) {
      TrialCounts counts = trial.counts();
      node.putObject("counts")
          .put("sector_bytes", counts.sectorBytes())
          .put("least_bytes", counts.floorBytes())
          .put("sectors_per_load", counts.sectorsPerLoad())
          .put("sectors_per_store", counts.sectorsPerStore())
          .put("shared_turns", counts.sharedTurns())
          .put("bank_conflicts", counts.bankConflicts())
          .put("warp_instructions", counts.warpInstructions())
          .put("tensor_instructions", counts.tensorInstructions())
          .put("divergent_branches", counts.divergentBranches())
          .put("flops", counts.flops());
    }
    if (!onEmulator) {
      Conformance conformance = trial.conformance();
      node.putObject("conformance")
          .put("elements", conformance.elements())
          .put("different", conformance.different())
          .put("ulps", conformance.ulps());
    }
    return node;
  }
}
