package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Finds bytes of global memory that two blocks of a launch use, one of them to write.
 *
 * <p>No order between blocks is promised, so that each block is compared, when it has ended, with
 * what all before it did; it does not matter how they really ran. A block that has run a fence and
 * then an atomic operation may be followed by one that ran an atomic operation later: that is how
 * the last block of a launch adds up what the others left.
 */
final class RaceDetector {
  private final Deque<PageRecord> spare = new ArrayDeque<>();
  private final List<PageRecord> used = new ArrayList<>();
  private final BitSet released = new BitSet();

  /** Adds a block that has ended. */
  void add(Block block) {
    for (PageLog log : block.log().used()) {
      Page page = log.page();
      if (page.record == null) {
        PageRecord record = spare.isEmpty() ? new PageRecord() : spare.pop();
        record.begin(page);
        used.add(record);
      }
      add(block, log, page.record);
      for (int sector = log.low(); sector <= log.high(); sector++) {
        page.initialised[sector] |= log.written[sector];
      }
    }
    released.set(block.number(), block.hasReleased());
  }

  /** Ends a launch. */
  void clear() {
    used.forEach(PageRecord::end);
    spare.addAll(used);
    used.clear();
    released.clear();
  }

  private void add(Block block, PageLog log, PageRecord record) {
    for (int sector = log.low(); sector <= log.high(); sector++) {
      int read = log.read[sector];
      int written = log.written[sector];
      int atomic = log.atomic[sector];
      int withWritten = (read | written | atomic) & record.written[sector];
      int withRead = (written | atomic) & record.read[sector];
      int withAtomic = (read | written) & record.atomic[sector];
      if ((withWritten | withRead | withAtomic) != 0) {
        check(block, log, record, sector, withWritten | withAtomic, withRead);
      }
      record.read[sector] |= read;
      record.written[sector] |= written;
      record.atomic[sector] |= atomic;
      if (read != 0) {
        record.reader[sector] = block.number();
        record.readAt[sector] = log.readers.at[sector];
      }
      if ((written | atomic) != 0) {
        record.writer[sector] = block.number();
        record.writtenAt[sector] = log.writers.at[sector];
      }
    }
  }

  private void check(
      Block block, PageLog log, PageRecord record, int sector, int withWritten, int withRead) {
    boolean otherWrote = withWritten != 0;
    int other = otherWrote ? record.writer[sector] : record.reader[sector];
    if (block.hasAcquired() && released.get(other)) {
      return;
    }
    int bytes = otherWrote ? withWritten : withRead;
    boolean writes = (bytes & (log.written[sector] | log.atomic[sector])) != 0;
    int at = writes ? log.writers.at[sector] : log.readers.at[sector];
    int otherAt = otherWrote ? record.writtenAt[sector] : record.readAt[sector];
    long address =
        log.base() + (sector << Page.SECTOR_SHIFT) + Integer.numberOfTrailingZeros(bytes);
    int warp = (writes ? log.writers : log.readers).warp(sector);
    Program program = block.program();
    throw new EmulatorFaultException(
        Check.GLOBAL_RACE,
        "%s what block %s %s at %s: %s (address 0x%x)\n  in kernel %s at %s\n  block %s, warp %s, from lane %d on"
            .formatted(
                writes ? "writes" : "reads",
                block.launch().position(other),
                otherWrote ? "writes" : "reads",
                program.where(otherAt >>> 5),
                block.launch().memory().describe(address, 1),
                address,
                program.name(),
                program.where(at >>> 5),
                block.position(),
                warp < 0 ? "?" : warp,
                at & 31));
  }
}
