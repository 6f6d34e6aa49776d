package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.Grid;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a launch did, counted, altogether and by source line. The same launch always gives the same
 * report.
 *
 * @param kernel its name
 * @param grid its blocks
 * @param threadsPerBlock threads of each
 * @param total all of it
 * @param lines by source line, in their order
 */
public record EmulatorReport(
    String kernel, Grid grid, int threadsPerBlock, Work total, List<Line> lines) {

  /** A source line and its work. */
  public record Line(SourceLocation where, Work work) {}

  /** Adds up what the instructions of a launch counted. */
  static EmulatorReport of(Launch launch, Counters counters) {
    Map<SourceLocation, WorkBuilder> byLine = new TreeMap<>();
    WorkBuilder total = new WorkBuilder();
    for (Instruction instruction : launch.program().code()) {
      if (counters.executed[instruction.index()] > 0) {
        total.add(instruction, counters);
        byLine
            .computeIfAbsent(instruction.statement().where(), line -> new WorkBuilder())
            .add(instruction, counters);
      }
    }
    return new EmulatorReport(
        launch.program().name(),
        launch.grid(),
        launch.program().source().threadsPerBlock(),
        total.build(),
        byLine.entrySet().stream()
            .map(line -> new Line(line.getKey(), line.getValue().build()))
            .toList());
  }

  /** The work of one source line. */
  public Work line(SourceLocation where) {
    return lines.stream()
        .filter(line -> line.where.equals(where))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("nothing ran at " + where))
        .work;
  }

  private static final class WorkBuilder {
    private final Map<InstructionClass, Long> instructions = new EnumMap<>(InstructionClass.class);
    private long lanes;
    private long loadBytes;
    private long storeBytes;
    private long loadRequests;
    private long storeRequests;
    private long loadSectors;
    private long storeSectors;
    private long sharedBytes;
    private long wavefronts;
    private long leastWavefronts;
    private long divergent;
    private long flops;

    void add(Instruction instruction, Counters counters) {
      int i = instruction.index();
      long active = counters.executed[i] * Instruction.LANES - counters.idleLanes[i];
      instructions.merge(instruction.kind(), counters.executed[i], Long::sum);
      lanes += active;
      flops += active * instruction.flopsPerLane();
      divergent += counters.divergent[i];
      switch (instruction.kind()) {
        case GLOBAL_LOAD, ASYNC_COPY -> {
          loadBytes += counters.bytes[i];
          loadRequests += counters.requests[i];
          loadSectors += counters.sectors[i];
        }
        case GLOBAL_STORE -> {
          storeBytes += counters.bytes[i];
          storeRequests += counters.requests[i];
          storeSectors += counters.sectors[i];
        }
        case SHARED_LOAD, SHARED_STORE -> {
          sharedBytes += counters.bytes[i];
          wavefronts += counters.wavefronts[i];
          leastWavefronts += counters.leastWavefronts[i];
        }
        default -> {
          // Moves no data that is counted.
        }
      }
    }

    Work build() {
      return new Work(
          Map.copyOf(instructions),
          lanes,
          flops,
          new Work.Traffic(loadRequests, loadSectors, loadBytes),
          new Work.Traffic(storeRequests, storeSectors, storeBytes),
          sharedBytes,
          wavefronts,
          wavefronts - leastWavefronts,
          divergent);
    }
  }

  /** A table: the totals, then a row for every source line. */
  @Override
  public String toString() {
    return text(line -> "");
  }

  /** The same, with what stands in the source behind each row. */
  public String text(Function<SourceLocation, String> source) {
    return ReportText.of(this, source);
  }
}
