package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/**
 * What one block did to one page of global memory, by sectors: which bytes it read and wrote, and
 * by whom.
 *
 * <p>Three checks follow at once: uninitialised reads, races between the block's warps, and {@code
 * .nc} reads of what is written. Races with other blocks show when the block has ended and this is
 * compared with their records; see {@link RaceDetector}.
 *
 * <p>Bytes are told apart exactly, and warps as {@link SectorUsers} tells them apart.
 */
final class PageLog {
  private static final String NEVER_WRITTEN = "reads bytes that nothing wrote";

  /** Bytes read. */
  final int[] read;

  /** Bytes read with the promise that nobody writes them. */
  private final int[] constant;

  /** Bytes written. */
  final int[] written;

  /** Bytes that atomic operations worked on. */
  final int[] atomic;

  /** Who read a sector, and who wrote it or worked on it atomically. */
  final SectorUsers readers;

  final SectorUsers writers;

  /** The request that touched a sector last, and the bytes that it wrote. */
  private final int[] request;

  private final int[] requestBytes;

  private final GlobalMemory memory;
  private Page page;
  private long base;
  private int limit;
  private int low = Page.SECTORS;
  private int high = -1;

  /**
   * Makes room for notes.
   *
   * @param notes whether any will be made
   */
  PageLog(GlobalMemory memory, boolean notes) {
    this.memory = memory;
    int sectors = notes ? Page.SECTORS : 0;
    read = new int[sectors];
    constant = new int[sectors];
    written = new int[sectors];
    atomic = new int[sectors];
    readers = new SectorUsers(sectors);
    writers = new SectorUsers(sectors);
    request = new int[sectors];
    requestBytes = new int[sectors];
  }

  /** Takes up a page at address {@code base}, of which {@code limit} bytes may be used. */
  void begin(Page itsPage, long itsBase, int itsLimit) {
    page = itsPage;
    base = itsBase;
    limit = itsLimit;
  }

  /** Forgets everything. */
  void clear() {
    if (high >= low) {
      for (int[] part : new int[][] {read, constant, written, atomic}) {
        Arrays.fill(part, low, high + 1, 0);
      }
      readers.clear(low, high);
      writers.clear(low, high);
    }
    low = Page.SECTORS;
    high = -1;
    page = null;
  }

  Page page() {
    return page;
  }

  byte[] data() {
    return page.data;
  }

  /** Whether bytes lie in this page and belong to the allocation. */
  boolean contains(long address, int bytes) {
    return (address & -Page.BYTES) == base && ((int) address & Page.BYTES - 1) + bytes <= limit;
  }

  /** Address of the page's first byte. */
  long base() {
    return base;
  }

  /** The first sector that was used. */
  int low() {
    return low;
  }

  /** The last sector that was used. */
  int high() {
    return high;
  }

  /** Notes that lanes, from 0 on, read consecutive bytes. */
  void readRange(Request by, int offset, int bytes) {
    int last = offset + bytes - 1 >> Page.SECTOR_SHIFT;
    for (int sector = offset >> Page.SECTOR_SHIFT; sector <= last; sector++) {
      read(by, sector, Page.sectorMask(sector, offset, bytes), lane(by, sector, offset));
    }
  }

  /** Notes that lanes, from 0 on, write consecutive bytes. */
  void writeRange(Request by, int offset, int bytes) {
    int last = offset + bytes - 1 >> Page.SECTOR_SHIFT;
    for (int sector = offset >> Page.SECTOR_SHIFT; sector <= last; sector++) {
      write(by, sector, Page.sectorMask(sector, offset, bytes), lane(by, sector, offset));
    }
  }

  /** The lane that uses a sector's first byte, if lanes use consecutive bytes. */
  private static int lane(Request by, int sector, int offset) {
    return Math.max(0, (sector << Page.SECTOR_SHIFT) - offset) / by.laneBytes();
  }

  /** Notes that lanes, the first of them {@code lane}, read bytes of a sector. */
  void read(Request by, int sector, int mask, int lane) {
    touch(sector);
    int missing = mask & ~(page.initialised[sector] | written[sector]);
    if (missing != 0) {
      throw fault(by, sector, missing, Check.UNINITIALISED, NEVER_WRITTEN);
    }
    if ((mask & written[sector]) != 0) {
      checkReadOfWritten(by, sector, mask & written[sector]);
    }
    int place = at(by, lane);
    readers.note(by.warp, sector, mask, read[sector], place);
    read[sector] |= mask;
    if (by.constant) {
      constant[sector] |= mask;
    }
    if (isNew(by, sector)) {
      readers.at[sector] = place;
    }
  }

  /** Notes that lanes, the first of them {@code lane}, write bytes of a sector. */
  void write(Request by, int sector, int mask, int lane) {
    touch(sector);
    int touched = mask & (written[sector] | read[sector]);
    if (touched != 0) {
      checkWrite(by, sector, touched);
    }
    int place = at(by, lane);
    writers.note(by.warp, sector, mask, written[sector], place);
    written[sector] |= mask;
    if (isNew(by, sector)) {
      writers.at[sector] = place;
    }
    requestBytes[sector] |= mask;
  }

  /** Notes an atomic operation of a lane, which reads and writes. */
  void atomic(Request by, int sector, int mask, int lane) {
    touch(sector);
    int missing = mask & ~(page.initialised[sector] | written[sector]);
    if (missing != 0) {
      throw fault(by, sector, missing, Check.UNINITIALISED, NEVER_WRITTEN);
    }
    atomic[sector] |= mask;
    if (isNew(by, sector)) {
      writers.at[sector] = at(by, lane);
    }
  }

  /** Whether a request has already written one of these bytes of a sector. */
  boolean isWrittenBy(Request by, int sector, int mask) {
    return request[sector] == by.id && (requestBytes[sector] & mask) != 0;
  }

  private void touch(int sector) {
    low = Math.min(low, sector);
    high = Math.max(high, sector);
  }

  /** Whether a request touches a sector for the first time; counts it then. */
  private boolean isNew(Request by, int sector) {
    if (request[sector] == by.id) {
      return false;
    }
    request[sector] = by.id;
    requestBytes[sector] = 0;
    by.sectors++;
    return true;
  }

  /** An instruction and a lane. */
  private static int at(Request by, int lane) {
    return by.instruction.index() << 5 | lane;
  }

  private void checkReadOfWritten(Request by, int sector, int bytes) {
    if (by.constant) {
      int at = writers.at(sector, Integer.numberOfTrailingZeros(bytes));
      String what = "reads through .nc what this launch wrote at " + where(by, at);
      throw fault(by, sector, bytes, Check.READ_ONLY, what);
    }
    requireOrder(by, sector, bytes, "reads", writers, "wrote");
  }

  private void checkWrite(Request by, int sector, int bytes) {
    int promised = bytes & constant[sector];
    if (promised != 0) {
      int at = readers.at(sector, Integer.numberOfTrailingZeros(promised));
      String what = "writes what this launch read through .nc at " + where(by, at);
      throw fault(by, sector, promised, Check.READ_ONLY, what);
    }
    requireOrder(by, sector, bytes & written[sector], "writes", writers, "wrote");
    requireOrder(by, sector, bytes & read[sector], "writes", readers, "read");
  }

  /** Refuses bytes that another warp used without a barrier in between. */
  private void requireOrder(
      Request by, int sector, int bytes, String does, SectorUsers others, String did) {
    int racing = bytes == 0 ? 0 : others.racing(by.warp, sector, bytes);
    if (racing != 0) {
      int first = Integer.numberOfTrailingZeros(racing);
      int at = others.at(sector, first);
      throw fault(
          by,
          sector,
          racing,
          Check.GLOBAL_RACE,
          "%s what warp %d, lane %d %s at %s without a barrier in between"
              .formatted(does, others.warp(sector, first), at & 31, did, where(by, at)));
    }
  }

  private static String where(Request by, int at) {
    return by.warp.block.program().where(at >>> 5);
  }

  private EmulatorFaultException fault(
      Request by, int sector, int bytes, Check check, String what) {
    long address = base + (sector << Page.SECTOR_SHIFT) + Integer.numberOfTrailingZeros(bytes);
    return by.warp.laneFault(
        by.instruction,
        by.laneOf(address),
        check,
        "%s: %s (address 0x%x)",
        what,
        memory.describe(address, 1),
        address);
  }
}
