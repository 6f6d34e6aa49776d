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
 * <p>Bytes are told apart exactly. Warps are told apart as long as one of them used a sector since
 * the others were known to be done; otherwise nothing is reported, rather than something wrong.
 */
final class PageLog {
  /** Several warps used a sector in ways that cannot be told apart any more. */
  private static final int MIXED = -1;

  private static final String NEVER_WRITTEN = "reads bytes that nothing wrote";

  /** Bytes read. */
  final int[] read = new int[Page.SECTORS];

  /** Bytes read with the promise that nobody writes them. */
  private final int[] constant = new int[Page.SECTORS];

  /** Bytes written. */
  final int[] written = new int[Page.SECTORS];

  /** Bytes that atomic operations worked on. */
  final int[] atomic = new int[Page.SECTORS];

  /**
   * The instructions that read and wrote a sector last, and their first lane in it: {@link #at}.
   */
  final int[] readAt = new int[Page.SECTORS];

  final int[] writtenAt = new int[Page.SECTORS];

  /** The warp and time of the last read and write, or {@link #MIXED}; 0 if there was none. */
  private final int[] reader = new int[Page.SECTORS];

  private final int[] writer = new int[Page.SECTORS];

  /** The request that touched a sector last, and the bytes that it wrote. */
  private final int[] request = new int[Page.SECTORS];

  private final int[] requestBytes = new int[Page.SECTORS];

  private final GlobalMemory memory;
  private Page page;
  private long base;
  private int limit;
  private int low = Page.SECTORS;
  private int high = -1;

  PageLog(GlobalMemory memory) {
    this.memory = memory;
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
      for (int[] part : new int[][] {read, constant, written, atomic, reader, writer}) {
        Arrays.fill(part, low, high + 1, 0);
      }
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
      read(by, sector, sectorMask(sector, offset, bytes), lane(by, sector, offset));
    }
  }

  /** Notes that lanes, from 0 on, write consecutive bytes. */
  void writeRange(Request by, int offset, int bytes) {
    int last = offset + bytes - 1 >> Page.SECTOR_SHIFT;
    for (int sector = offset >> Page.SECTOR_SHIFT; sector <= last; sector++) {
      write(by, sector, sectorMask(sector, offset, bytes), lane(by, sector, offset));
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
    read[sector] |= mask;
    if (by.constant) {
      constant[sector] |= mask;
    }
    int self = tag(by.warp);
    int before = reader[sector];
    reader[sector] = before == 0 || before == self ? self : merge(by.warp, before, self);
    if (isNew(by, sector)) {
      readAt[sector] = at(by, lane);
    }
  }

  /** Notes that lanes, the first of them {@code lane}, write bytes of a sector. */
  void write(Request by, int sector, int mask, int lane) {
    touch(sector);
    int touched = mask & (written[sector] | read[sector]);
    if (touched != 0) {
      checkWrite(by, sector, touched);
    }
    written[sector] |= mask;
    int self = tag(by.warp);
    int before = writer[sector];
    writer[sector] = before == 0 || before == self ? self : merge(by.warp, before, self);
    if (isNew(by, sector)) {
      writtenAt[sector] = at(by, lane);
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
      writtenAt[sector] = at(by, lane);
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

  private static int sectorMask(int sector, int offset, int bytes) {
    int begin = sector << Page.SECTOR_SHIFT;
    int from = Math.max(offset, begin);
    int to = Math.min(offset + bytes, begin + 32);
    return Page.mask(from - begin, to - from);
  }

  /** An instruction and a lane. */
  private static int at(Request by, int lane) {
    return by.instruction.index() << 5 | lane;
  }

  /** The warp that wrote or read a sector last, or −1 if that cannot be told. */
  int warp(boolean wrote, int sector) {
    int tag = wrote ? writer[sector] : reader[sector];
    return tag == MIXED ? -1 : tag & 31;
  }

  private static int tag(Warp warp) {
    return warp.clock.now() << 5 | warp.index;
  }

  /** Who used a sector last: this warp, if what others did before is visible to it. */
  private static int merge(Warp warp, int before, int self) {
    return before != MIXED && isVisible(warp, before) ? self : MIXED;
  }

  private static boolean isVisible(Warp warp, int tag) {
    int other = tag & 31;
    return other == warp.index || tag >>> 5 < warp.clock.known(other);
  }

  private static boolean races(Warp warp, int tag) {
    return tag != MIXED && !isVisible(warp, tag);
  }

  private void checkReadOfWritten(Request by, int sector, int bytes) {
    String where = where(by, writtenAt[sector]);
    if (by.constant) {
      throw fault(
          by,
          sector,
          bytes,
          Check.READ_ONLY,
          "reads through .nc what this launch wrote at " + where);
    }
    if (races(by.warp, writer[sector])) {
      throw race(by, sector, bytes, "reads", writer[sector], "wrote", writtenAt[sector]);
    }
  }

  private void checkWrite(Request by, int sector, int bytes) {
    if ((bytes & constant[sector]) != 0) {
      throw fault(
          by,
          sector,
          bytes & constant[sector],
          Check.READ_ONLY,
          "writes what this launch read through .nc at " + where(by, readAt[sector]));
    }
    if ((bytes & written[sector]) != 0 && races(by.warp, writer[sector])) {
      throw race(
          by,
          sector,
          bytes & written[sector],
          "writes",
          writer[sector],
          "wrote",
          writtenAt[sector]);
    }
    if ((bytes & read[sector]) != 0 && races(by.warp, reader[sector])) {
      throw race(
          by, sector, bytes & read[sector], "writes", reader[sector], "read", readAt[sector]);
    }
  }

  private EmulatorFaultException race(
      Request by, int sector, int bytes, String does, int tag, String did, int at) {
    return fault(
        by,
        sector,
        bytes,
        Check.GLOBAL_RACE,
        "%s what warp %d, lane %d %s at %s without a barrier in between"
            .formatted(does, tag & 31, at & 31, did, where(by, at)));
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
