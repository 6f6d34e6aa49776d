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

    /** Whether the instruction writes the register that says where it goes. */
    boolean overwritesAddress() {
      return false;
    }

    final int base() {
      return base;
    }

    /** Notes that lanes, the first of them {@code lane}, use bytes of a sector. */
    abstract void note(Request request, PageLog page, int sector, int bytes, int lane);

    /** Notes that all lanes use consecutive bytes. */
    abstract void noteAll(Request request, PageLog page, int at);

    /** Moves the data of all lanes from or to consecutive places. */
    abstract void moveAll(Warp warp, byte[] data, int at);

    /** Moves the data of one lane. */
    abstract void move(Warp warp, int lane, byte[] data, int at);

    /** After all lanes have moved theirs. */
    void end(Warp warp, int mask) {}

    @Override
    final void execute(Warp warp, int mask) {
      long[] addresses = warp.longs[base];
      int laneBytes = access().laneBytes();
      AccessLog log = warp.block.log();
      Request request = warp.request;
      request.begin(this);
      request.goesTo(overwritesAddress() ? addresses.clone() : addresses, offset, laneBytes, mask);
      PageLog page = mask == FULL ? consecutivePage(addresses, laneBytes, log) : null;
      if (page != null) {
        int at = (int) (addresses[0] + offset) & Page.BYTES - 1;
        if (log.checks()) {
          noteAll(request, page, at);
        }
        moveAll(warp, page.data(), at);
      } else {
        executeScattered(warp, mask, addresses, log);
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

    /** Lane by lane; what neighbours do to one sector is noted at once. */
    private void executeScattered(Warp warp, int mask, long[] addresses, AccessLog log) {
      int laneBytes = access().laneBytes();
      boolean checks = log.checks();
      PageLog page = null;
      int sector = -1;
      int bytes = 0;
      int firstLane = 0;
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        long address = addresses[lane] + offset;
        requireAligned(warp, lane, address, laneBytes);
        PageLog itsPage = page;
        if (page == null || !page.contains(address, laneBytes)) {
          itsPage = log.find(warp, this, lane, address, laneBytes);
        }
        int at = (int) address & Page.BYTES - 1;
        int itsBytes = Page.mask(at & 31, laneBytes);
        if (itsPage != page || at >> Page.SECTOR_SHIFT != sector || (bytes & itsBytes) != 0) {
          if (checks && page != null) {
            note(warp.request, page, sector, bytes, firstLane);
          }
          page = itsPage;
          sector = at >> Page.SECTOR_SHIFT;
          bytes = 0;
          firstLane = lane;
        }
        bytes |= itsBytes;
        move(warp, lane, page.data(), at);
      }
      if (checks) {
        note(warp.request, page, sector, bytes, firstLane);
        end(warp, mask);
      }
    }

    /** Where a lane's data lies, found again. */
    final PageLog pageOf(Warp warp, int lane) {
      return warp.block
          .log()
          .find(warp, this, lane, warp.longs[base][lane] + offset, access().laneBytes());
    }

    final int placeOf(Warp warp, int lane) {
      return (int) (warp.longs[base][lane] + offset) & Page.BYTES - 1;
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
    private final boolean overwritesAddress;

    Load(Operation op) {
      super(op, 1);
      constant = op.take("nc");
      access = new VectorAccess(op, 0, true);
      overwritesAddress = access.usesLong(base());
    }

    @Override
    boolean overwritesAddress() {
      return overwritesAddress;
    }

    @Override
    VectorAccess access() {
      return access;
    }

    @Override
    void note(Request request, PageLog page, int sector, int bytes, int lane) {
      request.constant = constant;
      page.read(request, sector, bytes, lane);
    }

    @Override
    void noteAll(Request request, PageLog page, int at) {
      request.constant = constant;
      page.readRange(request, at, access.laneBytes() * LANES);
    }

    @Override
    void moveAll(Warp warp, byte[] data, int at) {
      access.loadAll(warp, data, at);
    }

    @Override
    void move(Warp warp, int lane, byte[] data, int at) {
      access.load(warp, lane, data, at);
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
    void note(Request request, PageLog page, int sector, int bytes, int lane) {
      request.overwrites |= page.isWrittenBy(request, sector, bytes);
      page.write(request, sector, bytes, lane);
    }

    @Override
    void noteAll(Request request, PageLog page, int at) {
      page.writeRange(request, at, access.laneBytes() * LANES);
    }

    @Override
    void moveAll(Warp warp, byte[] data, int at) {
      access.storeAll(warp, data, at);
      warp.noteGlobalWrite();
    }

    @Override
    void move(Warp warp, int lane, byte[] data, int at) {
      access.store(warp, lane, data, at);
      warp.noteGlobalWrite();
    }

    /** Where lanes wrote to one place, all must have written the same. */
    @Override
    void end(Warp warp, int mask) {
      if (!warp.request.overwrites) {
        return;
      }
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        PageLog page = pageOf(warp, lane);
        int at = placeOf(warp, lane);
        if (!access.holds(warp, lane, page.data(), at)) {
          throw warp.laneFault(
              this,
              lane,
              Check.GLOBAL_RACE,
              "another lane of this warp writes a different value to address 0x%x",
              page.base() + at);
        }
      }
    }
  }
}
