package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/**
 * One instruction of one warp, after it ran.
 *
 * @param block the block's number
 * @param warp the warp within it
 * @param where the source line
 * @param instruction as written
 * @param lanes the lanes that ran it, one bit each
 * @param operands the registers that it reads, its guard among them, as they were before
 * @param addresses where it goes in memory
 * @param results the registers that it wrote; none if it failed a check
 */
public record TraceStep(
    int block,
    int warp,
    SourceLocation where,
    String instruction,
    int lanes,
    List<Register> operands,
    List<Addresses> addresses,
    List<Register> results) {

  /**
   * A register at some time.
   *
   * @param name as in the PTX text
   * @param type as declared: {@code b32}, {@code f32}, {@code b64}, {@code pred}, …
   * @param lanes its bits in every lane; of a predicate, 0 or 1
   */
  public record Register(String name, String type, long[] lanes) {

    /** The value in a lane, for people. */
    public String text(int lane) {
      long bits = lanes[lane];
      return switch (type) {
        case "f32" -> Float.toString(Float.intBitsToFloat((int) bits));
        case "pred" -> bits == 0 ? "false" : "true";
        default -> "0x%x".formatted(bits);
      };
    }
  }

  /**
   * Where the lanes go in memory.
   *
   * @param space {@code global}: addresses; {@code shared}: offsets in the block's shared memory
   * @param lanes by lane
   * @param buffer where in which buffer the first lane that runs goes; empty for shared memory
   */
  public record Addresses(String space, long[] lanes, String buffer) {}

  /** The same with what was written. */
  TraceStep withResults(List<Register> registers) {
    return new TraceStep(
        block, warp, where, instruction, lanes, operands, addresses, List.copyOf(registers));
  }

  /** The lanes that ran it, for people: {@code 0-3,7}. */
  public String laneText() {
    return Lanes.text(lanes);
  }

  /** Source line, instruction, and the results in the first lane that ran it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("%-24s %s".formatted(where, instruction));
    if (lanes == 0) {
      return text.append("  (no lane)").toString();
    }
    int lane = Integer.numberOfTrailingZeros(lanes);
    for (Register register : results) {
      text.append("  %s=%s".formatted(register.name, register.text(lane)));
    }
    if (lanes != -1) {
      text.append("  (lanes %s)".formatted(laneText()));
    }
    return text.toString();
  }
}
