package dev.sifter.kernels.inspect;

import dev.sifter.kernels.gpu.emulator.EmulatorReport;
import dev.sifter.kernels.gpu.emulator.InstructionClass;
import dev.sifter.kernels.gpu.emulator.Work;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What the emulator counted over all launches of a trial.
 *
 * @param works launch by launch
 * @param floorBytes the least that must be moved, what is read again from a cache included
 */
public record TrialCounts(List<Work> works, long floorBytes) {
  private static final int SECTOR_BYTES = 32;

  /** Of a trial's reports. */
  public static TrialCounts of(TrialShape shape, List<EmulatorReport> reports) {
    return new TrialCounts(
        reports.stream().map(EmulatorReport::total).toList(),
        shape.leastBytes() + shape.rereadBytes());
  }

  private long sum(ToLongFunction<Work> count) {
    return works.stream().mapToLong(count).sum();
  }

  /** Bytes of all sectors that requests touched. */
  public long sectorBytes() {
    return SECTOR_BYTES * sum(work -> work.loads().sectors() + work.stores().sectors());
  }

  /** {@link #sectorBytes} as a multiple of the least; NaN where nothing need be moved. */
  public double ofFloor() {
    return (double) sectorBytes() / floorBytes;
  }

  /** Sectors of a load from global memory. */
  public double sectorsPerLoad() {
    return (double) sum(work -> work.loads().sectors()) / sum(work -> work.loads().requests());
  }

  /** Sectors of a store to global memory. */
  public double sectorsPerStore() {
    return (double) sum(work -> work.stores().sectors()) / sum(work -> work.stores().requests());
  }

  /** Turns of shared memory that bank conflicts added. */
  public long bankConflicts() {
    return sum(Work::bankConflicts);
  }

  /** Turns of shared memory. */
  public long sharedTurns() {
    return sum(Work::sharedTurns);
  }

  /** Instructions of warps. */
  public long warpInstructions() {
    return sum(Work::warpInstructions);
  }

  /** Instructions of lanes that took part. */
  public long laneInstructions() {
    return sum(Work::laneInstructions);
  }

  /** Matrix products on tensor cores. */
  public long tensorInstructions() {
    return sum(work -> work.instructions(InstructionClass.TENSOR));
  }

  /** Branches that parted a warp. */
  public long divergentBranches() {
    return sum(Work::divergentBranches);
  }

  /** Floating-point operations that were carried out. */
  public long flops() {
    return sum(Work::flops);
  }
}
