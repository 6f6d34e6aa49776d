package dev.sifter.kernels.gpu.emulator;

/**
 * What is noted of an access to a word of shared memory, in one number: from the highest bit on,
 * its time, its instruction, two flags, the bytes of the word that were ever written, the bytes
 * that this access touched, and its thread.
 *
 * <p>Times grow, so that entries that are known to be done are smaller than {@link Request#floor}.
 */
final class SharedEntry {
  /** All bytes of a word. */
  static final int WORD = 0xf;

  /** A flag: several threads at one time. */
  static final long MIXED = 1L << 18;

  /** A flag: a copy in the background that has not arrived. */
  private static final long PENDING = 1L << 19;

  private static final int TIME_SHIFT = 35;
  private static final int AT_SHIFT = 20;
  private static final int MAX_AT = 0x7fff;
  private static final int EVER_SHIFT = 14;
  private static final int BYTES_SHIFT = 10;
  private static final int THREAD = 0x3ff;

  /** A time after all others: what a copy in the background has not brought yet. */
  private static final long NEVER = (1L << 63 - TIME_SHIFT) - 1;

  private SharedEntry() {}

  /** The lowest one of an access that took place at {@code time} or later. */
  static long ofTime(int time) {
    return (long) time << TIME_SHIFT;
  }

  /** An access of lane 0 of a warp; another lane is to be added. */
  static long of(int time, Instruction instruction, Warp warp) {
    return ofTime(time)
        | (long) Math.min(instruction.index(), MAX_AT) << AT_SHIFT
        | warp.index << 5;
  }

  /** A copy in the background to a whole word, begun by a lane. */
  static long pending(Request by, int lane) {
    return NEVER << TIME_SHIFT | PENDING | touched(WORD) | at(by.entry) | thread(by, lane);
  }

  /** Bytes that an access touches, to be added. */
  static long touched(int bytes) {
    return (long) bytes << BYTES_SHIFT;
  }

  /** Bytes that were written, now or before, to be added. */
  static long written(int bytes) {
    return (long) bytes << EVER_SHIFT;
  }

  /** The bytes that were ever written, as {@link #written} adds them. */
  static long writtenOf(long entry) {
    return entry & written(WORD);
  }

  /** Whether all of these bytes were ever written. */
  static boolean isWritten(long entry, int bytes) {
    return (entry >>> EVER_SHIFT & bytes) == bytes;
  }

  /** Whether it touched one of these bytes, and one thread alone did. */
  static boolean touchedAlone(long entry, int bytes) {
    return (entry >>> BYTES_SHIFT & bytes) != 0 && !isMixed(entry);
  }

  static boolean isMixed(long entry) {
    return (entry & MIXED) != 0;
  }

  static boolean isPending(long entry) {
    return (entry & PENDING) != 0;
  }

  static long time(long entry) {
    return entry >>> TIME_SHIFT;
  }

  /** Number of the thread within its block. */
  static int thread(long entry) {
    return (int) entry & THREAD;
  }

  /** The same of a lane of a request. */
  static int thread(Request by, int lane) {
    return by.warp.index << 5 | lane;
  }

  /** Number of the instruction in its program. */
  static int instruction(long entry) {
    return (int) (at(entry) >>> AT_SHIFT);
  }

  /** Whether both are of one instruction of one warp. */
  static boolean sameInstruction(long entry, long other) {
    return thread(entry) >>> 5 == thread(other) >>> 5 && at(entry) == at(other);
  }

  private static long at(long entry) {
    return entry & (long) MAX_AT << AT_SHIFT;
  }

  /**
   * Bytes and flag to add to a write where other bytes of the word were written at the same time.
   */
  static long alsoWritten(long before, long now) {
    boolean sameThread = thread(before) == thread(now);
    long others = before & touched(WORD);
    if (sameThread && !isMixed(before)) {
      return others;
    }
    return (others & ~now) == 0 ? 0 : MIXED | others;
  }

  /** A read by another thread than the one before; of both, what happened earlier counts. */
  static long alsoRead(long before, long now) {
    long earlier = Math.min(time(before), time(now));
    return now & ~(-1L << TIME_SHIFT) | earlier << TIME_SHIFT | MIXED;
  }
}
