package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/** A decoded instruction. It knows its operands' planes and holds no state of a run. */
abstract class Instruction {
  /** Lanes of a warp. */
  static final int LANES = 32;

  /** All lanes of a warp. */
  static final int FULL = -1;

  private PtxStatement statement;
  private List<String> reads = List.of();
  private List<String> writes = List.of();
  private InstructionClass kind;
  private int index;
  private int flopsPerLane;
  private int guard = -1;
  private int guardFlip;

  /** Says where the instruction stands; called once, by the decoder. */
  final void place(
      PtxStatement written, InstructionClass itsKind, int itsIndex, int itsFlopsPerLane) {
    statement = written;
    kind = itsKind;
    index = itsIndex;
    flopsPerLane = itsFlopsPerLane;
  }

  /** Says which registers it reads, its guard among them, and which it writes. */
  final void uses(List<String> itsReads, List<String> itsWrites) {
    reads = itsReads;
    writes = itsWrites;
  }

  /** Lets the instruction run only where a predicate holds, or where it does not. */
  final void guardBy(int predicate, boolean negated) {
    guard = predicate;
    guardFlip = negated ? FULL : 0;
  }

  /** As written. */
  final PtxStatement statement() {
    return statement;
  }

  /** Names of the registers that it reads. */
  final List<String> reads() {
    return reads;
  }

  /** Names of the registers that it writes. */
  final List<String> writes() {
    return writes;
  }

  final InstructionClass kind() {
    return kind;
  }

  /** Position in the program. */
  final int index() {
    return index;
  }

  /** The lanes among {@code active} for which the guard holds. */
  final int enabled(int active, int[] predicates) {
    return guard < 0 ? active : active & (predicates[guard] ^ guardFlip);
  }

  /** Does the work of all lanes, or of those in {@code mask}, which is never empty. */
  abstract void execute(Warp warp, int mask);

  /**
   * Does the work of some lanes.
   *
   * <p>An instruction that only computes is run for all lanes all the same, as that is a loop
   * without conditions, and puts back what the others had; see {@link LaneInstruction}.
   */
  void executePartially(Warp warp, int mask) {
    execute(warp, mask);
  }

  /** Floating-point operations of one lane; of a matrix product, its share. */
  final int flopsPerLane() {
    return flopsPerLane;
  }
}
