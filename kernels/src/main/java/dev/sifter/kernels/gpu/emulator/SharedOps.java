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

    /** Notes what a lane does to words; then does it. */
    abstract void one(Warp warp, int lane, int at, boolean checks);

    @Override
    final void execute(Warp warp, int mask) {
      int laneBytes = access().laneBytes();
      boolean checks = warp.block.log().checks();
      warp.request.begin(this, laneBytes, false);
      int[] places = address.places(warp, this, mask, laneBytes);
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        one(warp, lane, places[lane], checks);
      }
      if (checks) {
        countTurns(warp, mask, places, laneBytes);
      }
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.bytes[index()] += (long) laneBytes * Integer.bitCount(mask);
    }

    private void countTurns(Warp warp, int mask, int[] places, int laneBytes) {
      Banks banks = warp.block.banks();
      Counters counters = warp.block.counters();
      int together = laneBytes <= 4 ? LANES : LANES * 4 / laneBytes;
      int lanes = together == LANES ? FULL : (1 << together) - 1;
      for (int first = 0; first < LANES; first += together) {
        int part = mask & lanes << first;
        if (part == 0) {
          continue;
        }
        banks.begin();
        for (int left = part; left != 0; left &= left - 1) {
          int place = places[Integer.numberOfTrailingZeros(left)];
          for (int word = place >> 2; word <= place + laneBytes - 1 >> 2; word++) {
            banks.add(word);
          }
        }
        counters.wavefronts[index()] += banks.turns();
        counters.leastWavefronts[index()]++;
      }
    }
  }

  private static int bytesOfWord(int at, int laneBytes) {
    return laneBytes >= 4 ? 0xf : (1 << laneBytes) - 1 << (at & 3);
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
    void one(Warp warp, int lane, int at, boolean checks) {
      SharedMemory shared = warp.block.shared();
      if (checks) {
        int bytes = bytesOfWord(at, access.laneBytes());
        for (int word = at >> 2; word <= at + access.laneBytes() - 1 >> 2; word++) {
          shared.read(warp.request, lane, word, bytes);
        }
      }
      access.load(warp, lane, shared.data, at);
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
    void one(Warp warp, int lane, int at, boolean checks) {
      SharedMemory shared = warp.block.shared();
      if (checks) {
        boolean again = false;
        int bytes = bytesOfWord(at, access.laneBytes());
        for (int word = at >> 2; word <= at + access.laneBytes() - 1 >> 2; word++) {
          again |= shared.write(warp.request, lane, word, bytes);
        }
        if (again && !access.holds(warp, lane, shared.data, at)) {
          throw warp.laneFault(
              this,
              lane,
              Check.SHARED_RACE,
              "another lane of this warp writes a different value to offset %d of shared memory",
              at);
        }
      }
      access.store(warp, lane, shared.data, at);
    }
  }
}
