package dev.sifter.kernels.gpu.emulator;

import java.util.List;

/** Loads from and stores to global memory. */
final class GlobalOps {
  /** Hints to the caches: they change the speed, never the result. */
  private static final List<String> HINTS = List.of("ca", "cg", "cs", "lu", "cv", "wb", "wt");

  private GlobalOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    if (!op.modifiers().contains("global") || !op.name().equals("ld") && !op.name().equals("st")) {
      return null;
    }
    op.require("global");
    takeHints(op);
    op.modifiers().removeAll(HINTS);
    return op.name().equals("ld") ? new Load(op) : new Store(op);
  }

  /** Takes the modifiers that only say how to cache lines. */
  static void takeHints(Operation op) {
    op.modifiers()
        .removeIf(
            modifier ->
                modifier.matches("L1::(no_allocate|evict_\\w+)")
                    || modifier.matches("L2::(\\d+B|evict_\\w+)"));
  }

  /** What loads and stores share: where the lanes' addresses come from and how they lie. */
  private abstract static class Access extends Instruction {
    private final int base;
    private final long offset;

    Access(Operation op, int addressOperand) {
      PtxOperand.Address address = op.address(addressOperand);
      base = op.longWord(address.base());
      offset = address.offset();
    }

    abstract VectorAccess access();

    /** Does the work of all lanes at consecutive places of a page. */
    abstract void all(Warp warp, PageLog log, int at);

    /** Does the work of one lane. */
    abstract void one(Warp warp, int lane, PageLog log, int at);

    abstract boolean isConstant();

    @Override
    final void execute(Warp warp, int mask) {
      long[] addresses = warp.longs[base];
      int laneBytes = access().laneBytes();
      AccessLog log = warp.block.log();
      Request request = warp.request;
      request.begin(this, laneBytes, isConstant());
      PageLog page = mask == FULL ? consecutivePage(addresses, laneBytes, log) : null;
      if (page != null) {
        int at = (int) (addresses[0] + offset) & Page.BYTES - 1;
        all(warp, page, at);
      } else {
        for (int left = mask; left != 0; left &= left - 1) {
          int lane = Integer.numberOfTrailingZeros(left);
          long address = addresses[lane] + offset;
          requireAligned(warp, lane, address, laneBytes);
          PageLog found = log.find(warp, this, lane, address, laneBytes);
          one(warp, lane, found, (int) address & Page.BYTES - 1);
        }
      }
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.sectors[index()] += request.sectors;
      counters.bytes[index()] += (long) laneBytes * Integer.bitCount(mask);
    }

    /** The page, if lane after lane uses consecutive places of one that is known. */
    private PageLog consecutivePage(long[] addresses, int laneBytes, AccessLog log) {
      long first = addresses[0];
      long difference = 0;
      for (int lane = 0; lane < LANES; lane++) {
        difference |= addresses[lane] - first ^ (long) lane * laneBytes;
      }
      first += offset;
      return difference == 0 && (first & laneBytes - 1) == 0
          ? log.findRange(first, laneBytes * LANES)
          : null;
    }

    private void requireAligned(Warp warp, int lane, long address, int laneBytes) {
      if ((address & laneBytes - 1) != 0) {
        throw warp.laneFault(
            this,
            lane,
            Check.MISALIGNED,
            "access of %d bytes at address 0x%x, which is no multiple of %d",
            laneBytes,
            address,
            laneBytes);
      }
    }
  }

  private static final class Load extends Access {
    private final VectorAccess access;
    private final boolean constant;

    Load(Operation op) {
      super(op, 1);
      constant = op.take("nc");
      access = new VectorAccess(op, 0, true);
    }

    @Override
    VectorAccess access() {
      return access;
    }

    @Override
    boolean isConstant() {
      return constant;
    }

    @Override
    void all(Warp warp, PageLog log, int at) {
      if (warp.block.log().checks()) {
        log.read(warp.request, at, access.laneBytes() * LANES, 0);
      }
      access.loadAll(warp, log.data(), at);
    }

    @Override
    void one(Warp warp, int lane, PageLog log, int at) {
      if (warp.block.log().checks()) {
        log.read(warp.request, at, access.laneBytes(), lane);
      }
      access.load(warp, lane, log.data(), at);
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
    boolean isConstant() {
      return false;
    }

    @Override
    void all(Warp warp, PageLog log, int at) {
      if (warp.block.log().checks()) {
        log.write(warp.request, at, access.laneBytes() * LANES, 0);
      }
      access.storeAll(warp, log.data(), at);
      warp.noteGlobalWrite();
    }

    @Override
    void one(Warp warp, int lane, PageLog log, int at) {
      if (warp.block.log().checks()) {
        if (log.isWrittenBy(warp.request, at, access.laneBytes())
            && !access.holds(warp, lane, log.data(), at)) {
          throw warp.laneFault(
              this,
              lane,
              Check.GLOBAL_RACE,
              "another lane of this warp writes a different value to address 0x%x",
              log.base() + at);
        }
        log.write(warp.request, at, access.laneBytes(), lane);
      }
      access.store(warp, lane, log.data(), at);
      warp.noteGlobalWrite();
    }
  }
}
