package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.inspect.Card;
import dev.sifter.kernels.inspect.EmulatedTrial;
import dev.sifter.kernels.inspect.TrialCounts;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.library.catalog.KernelTrial;
import dev.sifter.model.Json;

/** How fast kernels could be at best on a card, and what the emulator counted. */
final class BoundTable {
  private final Card card;
  private final TextTable table =
      new TextTable()
          .left("kernel")
          .right("least bytes")
          .right("FLOPs")
          .right("bound, µs")
          .left("by")
          .right("GB/s")
          .right("TFLOP/s")
          .right("moved/least")
          .right("conflicts")
          .left("shape of practice");
  private final ArrayNode rows = Json.mapper().createArrayNode();

  BoundTable(Card card) {
    this.card = card;
  }

  /** Runs a kernel's first trial, and bounds its benchmark. */
  void add(KernelEntry entry) {
    KernelTrial trial = entry.trials().getFirst();
    TrialCounts counts;
    try (EmulatedTrial emulated = EmulatedTrial.open(trial, 0)) {
      counts = TrialCounts.of(TrialShape.of(trial), emulated.runAll());
    }
    TrialShape shape = TrialShape.of(entry.benchmark());
    boolean tensorCores = counts.tensorInstructions() > 0;
    Card.Bound bound = card.bound(shape, tensorCores);
    double gigabytes = shape.leastBytes() / bound.seconds() * 1e-9;
    double teraflops = shape.flops() / bound.seconds() * 1e-12;
    String by = bound.isByMemory() ? "memory" : tensorCores ? "tensor cores" : "fp32";
    table.row(
        entry.name(),
        Quantity.count(shape.leastBytes()),
        Quantity.count(shape.flops()),
        Quantity.micros(bound.seconds()),
        by,
        Quantity.decimal(gigabytes, 0),
        Quantity.decimal(teraflops, 2),
        Quantity.decimal(counts.ofFloor(), 2),
        Quantity.count(counts.bankConflicts()),
        shape.label());
    ObjectNode row = rows.addObject();
    row.put("kernel", entry.name())
        .put("label", shape.label())
        .put("least_bytes", shape.leastBytes())
        .put("flops", shape.flops())
        .put("bound_micros", bound.seconds() * 1e6)
        .put("bound_by", by)
        .put("bound_gigabytes_per_second", gigabytes)
        .put("bound_teraflops_per_second", teraflops);
    row.putObject("counted")
        .put("label", trial.label())
        .put("sector_bytes", counts.sectorBytes())
        .put("least_bytes", counts.floorBytes())
        .put("bank_conflicts", counts.bankConflicts())
        .put("warp_instructions", counts.warpInstructions())
        .put("flops", counts.flops());
  }

  String text() {
    return table.text()
        + "%nBounds by the data sheet of the %s, not measurements: no run is faster. It states %s GB/s and%n"
            .formatted(card.label(), Quantity.count(card.bytesPerSecond() * 1e-9))
        + "%s TFLOP/s in fp32, %s in bf16 on tensor cores. Bytes moved and bank conflicts are the%n"
            .formatted(
                Quantity.decimal(card.flopsPerSecond(false) * 1e-12, 1),
                Quantity.count(card.flopsPerSecond(true) * 1e-12))
        + "emulator's counts of the first trial. Times: --device gpu.\n";
  }

  ObjectNode json() {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("device", "emulator")
        .put("card", card.label())
        .put("meaning", "bounds by the card's data sheet, not measurements");
    node.set("kernels", rows);
    return node;
  }
}
