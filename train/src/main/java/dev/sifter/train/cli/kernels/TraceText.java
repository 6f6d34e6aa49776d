package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.gpu.emulator.SourceLocation;
import dev.sifter.kernels.gpu.emulator.TraceStep;
import dev.sifter.kernels.gpu.emulator.WarpTrace;
import dev.sifter.kernels.inspect.KernelSource;
import dev.sifter.model.Json;
import java.io.PrintWriter;
import java.util.List;

/** Writes the steps of a warp. A Java line stands above the instructions that it wrote. */
final class TraceText {
  private final PrintWriter out;
  private final Integer lane;

  /**
   * @param lane whose values are shown; null for all lanes in short
   */
  TraceText(PrintWriter out, Integer lane) {
    this.out = out;
    this.lane = lane;
  }

  void print(List<TraceStep> steps) {
    SourceLocation previous = null;
    for (TraceStep step : steps) {
      if (!step.where().equals(previous)) {
        previous = step.where();
        out.println();
        out.println("%s  %s".formatted(previous.shortText(), KernelSource.line(previous)));
      }
      print(step);
    }
  }

  private void print(TraceStep step) {
    String lanes = step.lanes() == -1 ? "" : "lanes " + step.laneText();
    out.println(
        "%6d  %-54s %s".formatted(step.number(), step.instruction(), lanes).stripTrailing());
    step.reads().forEach(values -> print("reads", values, step));
    for (TraceStep.Addresses addresses : step.addresses()) {
      String place =
          LaneValues.of(addresses.places(), step.lanes(), lane)
              .text(addresses.space().equals("shared") ? "offset" : "address");
      out.println(
          "          %-7s %s%s"
              .formatted(
                  addresses.space(),
                  place,
                  addresses.buffer().isEmpty() ? "" : "; first lane: " + addresses.buffer()));
    }
    step.writes().forEach(values -> print("writes", values, step));
  }

  private void print(String what, TraceStep.Values values, TraceStep step) {
    out.println(
        "          %-7s %s = %s"
            .formatted(
                what,
                values.name(),
                LaneValues.of(values.values(), step.lanes(), lane).text(values.type())));
  }

  /** The steps with the values of all lanes. */
  static ArrayNode json(WarpTrace trace) {
    ArrayNode array = Json.mapper().createArrayNode();
    for (TraceStep step : trace.steps()) {
      ObjectNode node =
          array
              .addObject()
              .put("step", step.number())
              .put("file", step.where().file())
              .put("line", step.where().line())
              .put("source", KernelSource.line(step.where()))
              .put("ptx_line", step.ptxLine())
              .put("instruction", step.instruction())
              .put("lanes", step.laneText());
      ObjectNode reads = node.putObject("reads");
      step.reads().forEach(one -> put(reads, one.name(), one.values()));
      ObjectNode writes = node.putObject("writes");
      step.writes().forEach(one -> put(writes, one.name(), one.values()));
      ObjectNode addresses = node.putObject("addresses");
      step.addresses().forEach(one -> put(addresses, one.space(), one.places()));
    }
    return array;
  }

  private static void put(ObjectNode node, String name, long[] values) {
    ArrayNode array = node.putArray(name);
    for (long value : values) {
      array.add(value);
    }
  }
}
