package dev.sifter.train.cli.kernels;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.kernels.gpu.emulator.SourceLocation;
import dev.sifter.kernels.gpu.emulator.TraceStep;
import dev.sifter.kernels.inspect.KernelSource;
import dev.sifter.model.Json;
import java.io.PrintWriter;

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

  void print(Trace trace) {
    SourceLocation previous = null;
    long number = trace.first();
    for (TraceStep step : trace.steps()) {
      if (!step.where().equals(previous)) {
        previous = step.where();
        out.println();
        out.println("%s  %s".formatted(previous, KernelSource.line(previous)));
      }
      print(number++, step);
    }
  }

  private void print(long number, TraceStep step) {
    String lanes = step.lanes() == -1 ? "" : "lanes " + step.laneText();
    out.println("%6d  %-54s %s".formatted(number, step.instruction(), lanes).stripTrailing());
    step.operands().forEach(register -> print("reads", register, step));
    for (TraceStep.Addresses addresses : step.addresses()) {
      String place =
          LaneValues.of(addresses.lanes(), step.lanes(), lane)
              .text(addresses.space().equals("shared") ? "offset" : "address");
      out.println(
          "          %-7s %s%s"
              .formatted(
                  addresses.space(),
                  place,
                  addresses.buffer().isEmpty() ? "" : "; first lane: " + addresses.buffer()));
    }
    step.results().forEach(register -> print("writes", register, step));
  }

  private void print(String what, TraceStep.Register register, TraceStep step) {
    out.println(
        "          %-7s %s = %s"
            .formatted(
                what,
                register.name(),
                LaneValues.of(register.lanes(), step.lanes(), lane).text(register.type())));
  }

  /** The steps with the values of all lanes. */
  static ArrayNode json(Trace trace) {
    ArrayNode array = Json.mapper().createArrayNode();
    long number = trace.first();
    for (TraceStep step : trace.steps()) {
      ObjectNode node =
          array
              .addObject()
              .put("step", number++)
              .put("file", step.where().file())
              .put("line", step.where().line())
              .put("source", KernelSource.line(step.where()))
              .put("instruction", step.instruction())
              .put("lanes", step.laneText());
      ObjectNode reads = node.putObject("reads");
      step.operands().forEach(one -> put(reads, one.name(), one.lanes()));
      ObjectNode writes = node.putObject("writes");
      step.results().forEach(one -> put(writes, one.name(), one.lanes()));
      ObjectNode addresses = node.putObject("addresses");
      step.addresses().forEach(one -> put(addresses, one.space(), one.lanes()));
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
