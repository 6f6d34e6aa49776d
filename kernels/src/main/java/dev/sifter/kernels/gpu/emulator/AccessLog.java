package dev.sifter.kernels.gpu.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the pages of global memory for the block that a worker runs, and keeps the notes of what it
 * does to them. Workers share no log, so that blocks may run side by side.
 */
final class AccessLog {
  private static final int CACHE = 64;

  private final GlobalMemory memory;
  private final boolean checks;
  private final Map<Long, PageLog> logs = new HashMap<>();
  private final List<PageLog> used = new ArrayList<>();
  private final Deque<PageLog> spare = new ArrayDeque<>();
  private final PageLog[] cache = new PageLog[CACHE];
  private int request;

  AccessLog(GlobalMemory memory, boolean checks) {
    this.memory = memory;
    this.checks = checks;
  }

  boolean checks() {
    return checks;
  }

  /** The pages that the block has used. */
  List<PageLog> used() {
    return used;
  }

  /** Begins the next block. */
  void clear() {
    for (PageLog log : used) {
      cache[slot(log.base())] = null;
      log.clear();
      spare.push(log);
    }
    used.clear();
    logs.clear();
  }

  /** Begins a request, one memory instruction of one warp, and numbers it. */
  int newRequest() {
    return ++request;
  }

  /**
   * The page of an access.
   *
   * @throws EmulatorFaultException if the access is outside of what may be used
   */
  PageLog find(Warp warp, Instruction instruction, int lane, long address, int bytes) {
    PageLog log = cache[slot(address)];
    if (log != null && log.contains(address, bytes)) {
      return log;
    }
    log = lookUp(warp, instruction, lane, address, bytes);
    if (!log.contains(address, bytes)) {
      throw outOfBounds(warp, instruction, lane, address, bytes);
    }
    return log;
  }

  /** The page of a range, or null if it is not within one page that was used before. */
  PageLog findRange(long address, int bytes) {
    PageLog log = cache[slot(address)];
    return log != null && log.contains(address, bytes) ? log : null;
  }

  private PageLog lookUp(Warp warp, Instruction instruction, int lane, long address, int bytes) {
    long base = address & -Page.BYTES;
    PageLog log = logs.get(base);
    if (log == null) {
      Allocation allocation = memory.surrounding(address);
      long offset = allocation == null ? 0 : address - allocation.address();
      if (allocation == null
          || allocation.isFreed()
          || offset < 0
          || offset > allocation.bytes() - bytes) {
        throw outOfBounds(warp, instruction, lane, address, bytes);
      }
      log = spare.isEmpty() ? new PageLog(memory) : spare.pop();
      log.begin(allocation.page(offset), base, allocation.limit(offset));
      logs.put(base, log);
      used.add(log);
    }
    cache[slot(address)] = log;
    return log;
  }

  private EmulatorFaultException outOfBounds(
      Warp warp, Instruction instruction, int lane, long address, int bytes) {
    Allocation near = memory.surrounding(address);
    boolean freed = near != null && near.isFreed();
    return warp.laneFault(
        instruction,
        lane,
        freed ? Check.USE_AFTER_FREE : Check.OUT_OF_BOUNDS,
        "access of %d bytes at %s (address 0x%x)",
        bytes,
        memory.describe(address, bytes),
        address);
  }

  private static int slot(long address) {
    long page = address >>> Page.SHIFT;
    return (int) (page ^ page >>> 24) & CACHE - 1;
  }
}
