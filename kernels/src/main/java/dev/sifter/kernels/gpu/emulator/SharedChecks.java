package dev.sifter.kernels.gpu.emulator;

/** What is refused of accesses to {@link SharedMemory}, and how it is said. */
final class SharedChecks {
  private SharedChecks() {}

  /** Refuses a read of what is not there yet, was never written, or is being written. */
  static void read(Request by, int lane, int word, int bytes, long written) {
    if (SharedEntry.isPending(written)) {
      throw fault(
          by,
          lane,
          word,
          Check.ASYNC_COPY,
          "reads what a copy in the background, begun at %s, has not brought yet",
          written);
    }
    if (!SharedEntry.isWritten(written, bytes)) {
      throw by.warp.laneFault(
          by.instruction,
          lane,
          Check.UNINITIALISED,
          "reads shared memory that nothing wrote: offset %d",
          word << 2);
    }
    if (SharedEntry.touchedAlone(written, bytes) && isUnordered(by, lane, written)) {
      throw fault(
          by,
          lane,
          word,
          Check.SHARED_RACE,
          "reads what " + who(written) + " wrote at %s without a barrier in between",
          written);
    }
  }

  /**
   * Refuses a write of what another thread writes.
   *
   * @return whether it is another lane of the same instruction, whose value must be the same
   */
  static boolean writeAfterWrite(Request by, int lane, int word, int bytes, long before) {
    if (SharedEntry.isPending(before)) {
      throw fault(
          by,
          lane,
          word,
          Check.ASYNC_COPY,
          "writes where a copy in the background, begun at %s, is still to write",
          before);
    }
    if (!SharedEntry.touchedAlone(before, bytes) || !isUnordered(by, lane, before)) {
      return false;
    }
    if (SharedEntry.sameInstruction(before, by.entry)) {
      return true;
    }
    throw fault(
        by,
        lane,
        word,
        Check.SHARED_RACE,
        "writes what " + who(before) + " wrote at %s without a barrier in between",
        before);
  }

  /**
   * Refuses a write of what another thread reads.
   *
   * @param readers the warps that read the word since the time of {@code before}, one bit each
   */
  static void writeAfterRead(Request by, int lane, int word, long before, int readers) {
    long time = SharedEntry.time(before);
    boolean alone = !SharedEntry.isMixed(before);
    if (alone && SharedEntry.thread(before) == SharedEntry.thread(by, lane)) {
      return;
    }
    for (int left = readers; left != 0; left &= left - 1) {
      int warp = Integer.numberOfTrailingZeros(left);
      if (time >= by.warp.clock.known(warp)) {
        throw fault(
            by,
            lane,
            word,
            Check.SHARED_RACE,
            "writes what warp " + warp + " read at %s without a barrier in between",
            before);
      }
    }
  }

  /** A product that reads what its writer has not run the fence for. */
  static EmulatorFaultException unfenced(Request by, int word, long written) {
    return fault(
        by,
        0,
        word,
        Check.ASYNC_PRODUCT,
        "reads what " + who(written) + " wrote at %s without a fence.proxy.async after it",
        written);
  }

  /** Whether an earlier access is not known to be done. */
  private static boolean isUnordered(Request by, int lane, long entry) {
    int thread = SharedEntry.thread(entry);
    return thread != SharedEntry.thread(by, lane)
        && SharedEntry.time(entry) >= by.warp.clock.known(thread >>> 5);
  }

  private static String who(long entry) {
    int thread = SharedEntry.thread(entry);
    return "warp %d, lane %d".formatted(thread >>> 5, thread & 31);
  }

  private static EmulatorFaultException fault(
      Request by, int lane, int word, Check check, String what, long entry) {
    String where = by.warp.block.program().where(SharedEntry.instruction(entry));
    return by.warp.laneFault(
        by.instruction,
        lane,
        check,
        "%s: offset %d of shared memory",
        what.formatted(where),
        word << 2);
  }
}
