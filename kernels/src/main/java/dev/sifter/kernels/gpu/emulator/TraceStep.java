package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/**
 * One instruction as a warp ran it.
 *
 * @param number its place in what the warp ran, from 1
 * @param where the source line that it belongs to
 * @param ptxLine line of the PTX text
 * @param instruction as PTX
 * @param lanes the lanes that ran it, one bit each
 * @param active the lanes that stand here: those for which the instruction's guard fails, too
 * @param reads the registers that it reads, as they were before
 * @param writes the registers that it writes, as they are afterwards
 * @param addresses where it goes in memory
 */
public record TraceStep(
    long number,
    SourceLocation where,
    int ptxLine,
    String instruction,
    int lanes,
    int active,
    List<Values> reads,
    List<Values> writes,
    List<Addresses> addresses) {

  /**
   * A register in all lanes.
   *
   * @param name such as {@code %r7}
   * @param type as declared: {@code b32}, {@code f32}, {@code b64}, {@code pred}
   * @param values its bits, by lane; 32 bits are not extended by their sign
   */
  public record Values(String name, String type, long[] values) {}

  /**
   * Where the lanes go.
   *
   * @param space {@code global}: addresses; {@code shared}: offsets within the block's shared
   *     memory
   * @param places by lane
   * @param buffer where in which buffer the first lane goes; empty for shared memory
   */
  public record Addresses(String space, long[] places, String buffer) {}

  TraceStep withWrites(List<Values> written) {
    return new TraceStep(
        number, where, ptxLine, instruction, lanes, active, reads, written, addresses);
  }

  /** Its lanes for people: {@code 0-3,7}. */
  public String laneText() {
    return Lanes.text(lanes);
  }
}
