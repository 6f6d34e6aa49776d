package dev.sifter.kernels.gpu.emulator;

/** Barriers of a block and of a warp, and fences. */
final class BarrierOps {
  private BarrierOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return switch (op.mnemonic()) {
      case "bar.sync", "barrier.sync.aligned", "bar.cta.sync", "barrier.cta.sync.aligned" ->
          new BlockBarrier(op, true);
      case "bar.arrive", "barrier.arrive.aligned", "bar.cta.arrive", "barrier.cta.arrive.aligned" ->
          new BlockBarrier(op, false);
      case "bar.warp.sync" -> new WarpBarrier(op);
      case "membar.gl",
          "membar.sys",
          "fence.acq_rel.gpu",
          "fence.acq_rel.sys",
          "fence.sc.gpu",
          "fence.sc.sys" ->
          new Fence(true);
      case "membar.cta", "fence.acq_rel.cta", "fence.sc.cta" -> new Fence(false);
      default -> null;
    };
  }

  private static final class BlockBarrier extends Instruction {
    private final int id;
    private final int threads;
    private final boolean waits;

    BlockBarrier(Operation op, boolean waits) {
      this.waits = waits;
      id = op.word(0);
      threads = op.operandCount() > 1 ? op.word(1) : -1;
    }

    @Override
    void execute(Warp warp, int mask) {
      if (mask != FULL) {
        throw warp.fault(
            this,
            Check.BARRIER,
            "the barrier is for whole warps; only lanes %s came to it",
            Lanes.text(mask));
      }
      int count = threads < 0 ? 0 : Collectives.uniform(warp, this, threads);
      warp.block.barriers().arrive(warp, this, Collectives.uniform(warp, this, id), count, waits);
    }
  }

  private static final class WarpBarrier extends Instruction {
    private final int members;

    WarpBarrier(Operation op) {
      members = op.word(0);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireMembers(warp, this, mask, members);
      warp.clock.advance(warp.block.nextTime());
    }
  }

  private static final class Fence extends Instruction {
    private final boolean isGlobal;

    Fence(boolean isGlobal) {
      this.isGlobal = isGlobal;
    }

    @Override
    void execute(Warp warp, int mask) {
      if (isGlobal) {
        warp.block.fence(warp);
      }
    }
  }
}
