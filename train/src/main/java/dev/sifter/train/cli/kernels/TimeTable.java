package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.inspect.DeviceTimer;
import dev.sifter.kernels.inspect.TrialShape;
import dev.sifter.kernels.library.catalog.KernelEntry;
import dev.sifter.kernels.ptx.PtxTarget;
import dev.sifter.model.Json;

/** How long kernels take on a device. */
final class TimeTable {
  private final Gpu gpu;
  private final DeviceTimer timer;
  private final double copyBytesPerSecond;
  private final TextTable table =
      new TextTable()
          .left("kernel")
          .right("µs")
          .right("least")
          .right("most")
          .right("GB/s")
          .right("of copy")
          .right("TFLOP/s")
          .left("shape of practice");
  private final ArrayNode rows = Json.mapper().createArrayNode();

  /** For a device that stays the caller's; measures what its copy reaches. */
  TimeTable(Gpu gpu) {
    this.gpu = gpu;
    timer = new DeviceTimer(gpu, PtxTarget.SM_80);
    copyBytesPerSecond = timer.copyBytesPerSecond();
  }

  /** Times a kernel's benchmark. */
  void add(KernelEntry entry) {
    TrialShape shape = TrialShape.of(entry.benchmark());
    DeviceTimer.Timing timing = timer.time(entry.benchmark());
    double bytesPerSecond = shape.leastBytes() / timing.medianSeconds();
    double flopsPerSecond = shape.flops() / timing.medianSeconds();
    table.row(
        entry.name(),
        Quantity.micros(timing.medianSeconds()),
        Quantity.micros(timing.leastSeconds()),
        Quantity.micros(timing.mostSeconds()),
        Quantity.decimal(bytesPerSecond * 1e-9, 0),
        Quantity.decimal(100 * bytesPerSecond / copyBytesPerSecond, 0) + " %",
        Quantity.decimal(flopsPerSecond * 1e-12, 2),
        shape.label());
    rows.addObject()
        .put("kernel", entry.name())
        .put("label", shape.label())
        .put("least_bytes", shape.leastBytes())
        .put("flops", shape.flops())
        .put("median_micros", timing.medianSeconds() * 1e6)
        .put("least_micros", timing.leastSeconds() * 1e6)
        .put("most_micros", timing.mostSeconds() * 1e6)
        .put("copies", timing.copies())
        .put("runs_per_sample", timing.runs())
        .put("gigabytes_per_second", bytesPerSecond * 1e-9)
        .put("of_copy", bytesPerSecond / copyBytesPerSecond)
        .put("teraflops_per_second", flopsPerSecond * 1e-12);
  }

  String text() {
    return table.text()
        + "%n%s; the device's copy reads and writes %s GB/s. Median, least and most of %d samples;%n"
            .formatted(
                gpu.properties().name(),
                Quantity.decimal(copyBytesPerSecond * 1e-9, 0),
                DeviceTimer.SAMPLES)
        + "GB/s of the least bytes, TFLOP/s of the formula.\n";
  }

  ObjectNode json() {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("device", gpu.properties().name())
        .put("copy_gigabytes_per_second", copyBytesPerSecond * 1e-9);
    node.set("kernels", rows);
    return node;
  }
}
