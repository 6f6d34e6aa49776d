package dev.sifter.kernels.ptx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the threads of a warp or a block do together, and who they are. */
abstract class WarpInstructions extends SharedMemoryInstructions {
  /** Lanes of a warp. */
  public static final int WARP = 32;

  private static final Operand ALL_LANES = whole(0xFFFFFFFFL);
  private static final Operand WHOLE_WARP = whole(0x1F);

  private final Map<String, B32> specials = new HashMap<>();

  WarpInstructions() {}

  // Who am I?

  /** Number of this thread in its block. */
  public final B32 threadIndex() {
    B32 index = special("%tid.x");
    index.uniformity = Uniformity.THREAD;
    return index;
  }

  /** Number of this thread in its warp. */
  public final B32 laneIndex() {
    B32 thread = threadIndex();
    return specials.computeIfAbsent(
        "lane", name -> defineAtStart(newB32(), "and.b32", thread, whole(WARP - 1)));
  }

  /** Number of this warp in its block. */
  public final B32 warpIndex() {
    B32 thread = threadIndex();
    B32 index =
        specials.computeIfAbsent(
            "warp", name -> defineAtStart(newB32(), "shr.u32", thread, whole(5)));
    index.uniformity = Uniformity.WARP;
    return index;
  }

  /** Number of this block in the first dimension of the grid. */
  public final B32 blockX() {
    return special("%ctaid.x");
  }

  /** Number of this block in the second dimension of the grid. */
  public final B32 blockY() {
    return special("%ctaid.y");
  }

  /** Number of this block in the third dimension of the grid. */
  public final B32 blockZ() {
    return special("%ctaid.z");
  }

  /** Number of blocks in the first dimension of the grid. */
  public final B32 gridX() {
    return special("%nctaid.x");
  }

  private B32 special(String name) {
    return specials.computeIfAbsent(
        name, register -> defineAtStart(newB32(), "mov.u32", new Operand.Name(register)));
  }

  // Exchanges.

  /** The value of the lane whose number differs in these bits. */
  public final F32 shuffleXor(F32 value, int laneBits) {
    return exchange("shfl.sync.bfly.b32", newF32(), value, whole(laneBits));
  }

  /** The value of the lane whose number differs in these bits. */
  public final B32 shuffleXor(B32 value, int laneBits) {
    return exchange("shfl.sync.bfly.b32", newB32(), value, whole(laneBits));
  }

  /** The value of one lane. */
  public final F32 shuffle(F32 value, B32 fromLane) {
    return exchange("shfl.sync.idx.b32", newF32(), value, fromLane);
  }

  /** The value of one lane. */
  public final B32 shuffle(B32 value, int fromLane) {
    return uniform(
        exchange("shfl.sync.idx.b32", newB32(), value, whole(fromLane)), Uniformity.WARP);
  }

  /** The value of one lane. */
  public final B32 shuffle(B32 value, B32 fromLane) {
    return exchange("shfl.sync.idx.b32", newB32(), value, fromLane);
  }

  /** The value of the lane whose number is so much lower; of the first ones, their own. */
  public final B32 shuffleUp(B32 value, int distance) {
    requireTogether(Uniformity.WARP, "shfl.sync.up.b32");
    return define(newB32(), "shfl.sync.up.b32", value, whole(distance), whole(0), ALL_LANES);
  }

  private <R extends Register> R exchange(String opcode, R result, R value, Operand lanes) {
    requireTogether(Uniformity.WARP, opcode);
    return define(result, opcode, value, lanes, WHOLE_WARP, ALL_LANES);
  }

  /** A bit for each lane: whether p holds there. */
  public final B32 ballot(Pred p) {
    requireTogether(Uniformity.WARP, "vote.sync");
    return uniform(define(newB32(), "vote.sync.ballot.b32", p, ALL_LANES), Uniformity.WARP);
  }

  /** Whether p holds in some lane. */
  public final Pred any(Pred p) {
    requireTogether(Uniformity.WARP, "vote.sync");
    return uniform(define(newPred(), "vote.sync.any.pred", p, ALL_LANES), Uniformity.WARP);
  }

  /** The sum over the lanes of a warp, modulo 2³². */
  public final B32 warpSum(B32 value) {
    requireTogether(Uniformity.WARP, "redux.sync");
    return uniform(define(newB32(), "redux.sync.add.u32", value, ALL_LANES), Uniformity.WARP);
  }

  // Barriers.

  /** Waits until all threads of the block are here; their shared-memory accesses are ordered. */
  public final void barrier() {
    requireTogether(Uniformity.BLOCK, "bar.sync");
    perform("bar.sync", whole(0));
  }

  /** Waits until all lanes of the warp are here; their shared-memory accesses are ordered. */
  public final void warpBarrier() {
    requireTogether(Uniformity.WARP, "bar.warp.sync");
    perform("bar.warp.sync", ALL_LANES);
  }

  static List<Operand> operands(Operand... operands) {
    return List.of(operands);
  }
}
