package dev.sifter.kernels.gpu.emulator;

/** {@code cp.async}: copies from global to shared memory in the background. */
final class AsyncCopyOps {
  private AsyncCopyOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    if (!op.name().equals("cp")) {
      return null;
    }
    GlobalOps.takeHints(op);
    return switch (op.mnemonic()) {
      case "cp.async.ca.shared.global", "cp.async.cg.shared.global" -> new Begin(op);
      case "cp.async.commit_group" -> new Commit();
      case "cp.async.wait_group" -> new Wait(op.constant(0));
      case "cp.async.wait_all" -> new Wait(-1);
      default -> null;
    };
  }

  private static final class Begin extends Instruction {
    private final SharedAddress target;
    private final int base;
    private final long offset;
    private final int bytes;
    private final int sourceBytes;

    Begin(Operation op) {
      target = new SharedAddress(op, 0);
      PtxOperand.Address source = op.address(1);
      base = op.longWord(source.base());
      offset = source.offset();
      bytes = op.constant(2);
      sourceBytes = op.operandCount() > 3 ? op.word(3) : -1;
      boolean bypassesL1 = op.modifiers().contains("cg");
      if (bytes != 16 && (bypassesL1 || bytes != 4 && bytes != 8)) {
        throw op.refuse("%d bytes a copy; .cg takes 16, .ca takes 4, 8 or 16", bytes);
      }
    }

    @Override
    void execute(Warp warp, int mask) {
      boolean checks = warp.block.log().checks();
      warp.request.begin(this);
      warp.request.goesTo(warp.longs[base], offset, bytes, mask);
      int[] places = target.places(warp, this, mask, bytes);
      long read = 0;
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        int count = sourceBytes < 0 ? bytes : warp.words[sourceBytes][lane];
        if (count < 0 || count > bytes) {
          throw warp.laneFault(
              this, lane, Check.OUT_OF_BOUNDS, "a copy of %d of %d bytes", count, bytes);
        }
        if (checks) {
          for (int word = places[lane] >> 2; word < places[lane] + bytes >> 2; word++) {
            warp.block.shared().expect(warp.request, lane, word);
          }
        }
        begin(warp, lane, places[lane], count, checks);
        read += count;
      }
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.sectors[index()] += warp.request.sectors;
      counters.bytes[index()] += read;
    }

    private void begin(Warp warp, int lane, int place, int count, boolean checks) {
      if (count == 0) {
        warp.copies.begin(this, lane, place, bytes, new byte[0], 0, 0);
        return;
      }
      long address = warp.longs[base][lane] + offset;
      if ((address & bytes - 1) != 0) {
        throw warp.laneFault(
            this,
            lane,
            Check.MISALIGNED,
            "copy of %d bytes from address 0x%x, which is no multiple of %d",
            bytes,
            address,
            bytes);
      }
      PageLog page = warp.block.log().find(warp, this, lane, address, count);
      int at = (int) address & Page.BYTES - 1;
      if (checks) {
        page.read(warp.request, at >> Page.SECTOR_SHIFT, Page.mask(at & 31, count), lane);
      }
      warp.copies.begin(this, lane, place, bytes, page.data(), at, count);
    }
  }

  private static final class Commit extends Instruction {
    @Override
    void execute(Warp warp, int mask) {
      warp.copies.commit(mask);
    }
  }

  private static final class Wait extends Instruction {
    private final int except;

    /**
     * @param except groups that need not be there; −1 to wait for what is in no group, too
     */
    Wait(int except) {
      this.except = except;
    }

    @Override
    void execute(Warp warp, int mask) {
      if (except < 0) {
        warp.copies.waitForAll(this, mask);
      } else {
        warp.copies.waitForGroups(this, mask, except);
      }
    }
  }
}
