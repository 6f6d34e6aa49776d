package dev.sifter.kernels.gpu.emulator;

/** Loads from and stores to shared memory. */
final class SharedOps {
  private SharedOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    if (!op.modifiers().contains("shared") || !op.name().equals("ld") && !op.name().equals("st")) {
      return null;
    }
    op.require("shared");
    return op.name().equals("ld") ? new Load(op) : new Store(op);
  }

  private abstract static class Access extends Instruction {
    private final SharedAddress address;

    Access(Operation op, int addressOperand) {
      address = new SharedAddress(op, addressOperand);
    }

    abstract VectorAccess access();

    /** Notes what lanes do. */
    abstract void note(Warp warp, int mask, int[] places);

    /** Moves the data of lanes. */
    abstract void move(Warp warp, int mask, int[] places);

    @Override
    final void execute(Warp warp, int mask) {
      int laneBytes = access().laneBytes();
      int[] places = address.places(warp, this, mask, laneBytes);
      if (warp.block.log().checks()) {
        warp.request.begin(this);
        note(warp, mask, places);
        countTurns(warp, mask, places, laneBytes);
      }
      move(warp, mask, places);
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.bytes[index()] += (long) laneBytes * Integer.bitCount(mask);
    }

    private void countTurns(Warp warp, int mask, int[] places, int laneBytes) {
      Counters counters = warp.block.counters();
      int together = Banks.together(laneBytes);
      int lanes = together == LANES ? FULL : (1 << together) - 1;
      for (int first = 0; first < LANES; first += together) {
        int part = mask & lanes << first;
        if (part != 0) {
          counters.wavefronts[index()] += warp.block.banks().turns(part, places, laneBytes);
          counters.leastWavefronts[index()]++;
        }
      }
    }
  }

  private static final class Load extends Access {
    private final VectorAccess access;

    Load(Operation op) {
      super(op, 1);
      access = new VectorAccess(op, 0, true);
    }

    @Override
    VectorAccess access() {
      return access;
    }

    @Override
    void note(Warp warp, int mask, int[] places) {
      warp.block.shared().read(warp.request, mask, places, access.laneBytes());
    }

    @Override
    void move(Warp warp, int mask, int[] places) {
      access.loadSome(warp, mask, warp.block.shared().data, places);
    }
  }

  private static final class Store extends Access {
    private final VectorAccess access;

    Store(Operation op) {
      super(op, 0);
      access = new VectorAccess(op, 1, false);
    }

    @Override
    VectorAccess access() {
      return access;
    }

    @Override
    void note(Warp warp, int mask, int[] places) {
      warp.block.shared().write(warp.request, mask, places, access.laneBytes());
    }

    @Override
    void move(Warp warp, int mask, int[] places) {
      byte[] data = warp.block.shared().data;
      access.storeSome(warp, mask, data, places);
      if (warp.block.log().checks() && warp.request.overwrites) {
        requireAgreement(warp, mask, places, data);
      }
    }

    /** Where lanes wrote to one place, all must have written the same. */
    private void requireAgreement(Warp warp, int mask, int[] places, byte[] data) {
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        if (!access.holds(warp, lane, data, places[lane])) {
          throw warp.laneFault(
              this,
              lane,
              Check.SHARED_RACE,
              "another lane of this warp writes a different value to offset %d of shared memory",
              places[lane]);
        }
      }
    }
  }
}
