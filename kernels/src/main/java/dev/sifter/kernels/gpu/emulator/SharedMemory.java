package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The shared memory of a block, and by words of 32 bits who wrote and read it last.
 *
 * <p>An access races with an earlier one of another thread if one of them writes and the warp's
 * clock does not know the earlier one to be done. Bytes are told apart exactly, except where
 * several threads write different bytes of a word at one time: then the word's race check rests.
 *
 * <p>An entry about an access holds, from the highest bit on, its time, its instruction, two flags,
 * the bytes of the word that were ever written, the bytes that this access touched, and its thread.
 * Times grow, so that entries that are known to be done are smaller than {@link Request#floor}.
 */
final class SharedMemory {
  /** Address of the first byte. */
  static final int BASE = 1024;

  private static final int TIME_SHIFT = 35;
  private static final int AT_SHIFT = 20;
  private static final int MAX_AT = 0x7fff;
  private static final long PENDING = 1L << 19;
  private static final long MIXED = 1L << 18;
  private static final int EVER_SHIFT = 14;
  private static final long EVER = 0xfL << EVER_SHIFT;
  private static final int BYTES_SHIFT = 10;
  private static final int THREAD = 0x3ff;

  /** A time after all others: what a copy in the background has not brought yet. */
  private static final long NEVER = (1L << 63 - TIME_SHIFT) - 1;

  final byte[] data;
  private final long[] writes;
  private final long[] reads;

  /** The warps that read a word since the time of its entry. */
  private final int[] readers;

  /** Words that products cannot read yet, as their writers have not run the fence for it. */
  private final BitSet unfenced = new BitSet();

  private final boolean readByProducts;

  /**
   * @param readByProducts whether products in the background read it, which see it only behind a
   *     fence
   */
  SharedMemory(int bytes, boolean readByProducts) {
    this.readByProducts = readByProducts;
    data = new byte[bytes];
    int words = bytes + 3 >> 2;
    writes = new long[words];
    reads = new long[words];
    readers = new int[words];
  }

  int bytes() {
    return data.length;
  }

  /** Begins a block: nothing is written. */
  void clear() {
    Arrays.fill(data, (byte) 0xff);
    Arrays.fill(writes, 0);
    Arrays.fill(reads, 0);
    unfenced.clear();
  }

  /** Lowest entry of an access that took place at {@code time} or later. */
  static long entry(int time) {
    return (long) time << TIME_SHIFT;
  }

  /** Entry of an access of lane 0 of a warp. */
  static long entry(int time, Instruction instruction, Warp warp) {
    return entry(time) | (long) Math.min(instruction.index(), MAX_AT) << AT_SHIFT | warp.index << 5;
  }

  /** Notes that lanes read {@code laneBytes} bytes each. */
  void read(Request by, int mask, int[] places, int laneBytes) {
    int words = Math.max(1, laneBytes >> 2);
    int previous = -1;
    for (int left = mask; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      int place = places[lane];
      int first = place >> 2;
      if (place == previous) {
        // As the lane before: it is enough to say that there are several.
        for (int word = first; word < first + words; word++) {
          reads[word] |= MIXED;
        }
        continue;
      }
      previous = place;
      long now = by.entry | lane;
      int bytes = bytesOfWord(place, laneBytes);
      for (int word = first; word < first + words; word++) {
        readWord(by, lane, word, bytes, now);
      }
    }
  }

  private void readWord(Request by, int lane, int word, int bytes, long now) {
    long written = writes[word];
    if (written >= by.floor || (written >>> EVER_SHIFT & bytes) != bytes) {
      checkRead(by, lane, word, bytes, written);
    }
    long before = reads[word];
    if (before < by.floor) {
      reads[word] = now;
      readers[word] = 1 << by.warp.index;
    } else if (before != now) {
      mergeRead(by, word, before, now);
    }
  }

  /**
   * Notes that lanes write {@code laneBytes} bytes each. Whether two of them write to one place is
   * left in the request.
   */
  void write(Request by, int mask, int[] places, int laneBytes) {
    int words = Math.max(1, laneBytes >> 2);
    for (int left = mask; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      int first = places[lane] >> 2;
      int bytes = bytesOfWord(places[lane], laneBytes);
      long now = by.entry | lane | (long) bytes << BYTES_SHIFT;
      for (int word = first; word < first + words; word++) {
        writeWord(by, lane, word, bytes, now);
      }
    }
  }

  private void writeWord(Request by, int lane, int word, int bytes, long now) {
    long before = writes[word];
    long mixed = 0;
    if (before >= by.floor) {
      by.overwrites |= checkWriteAfterWrite(by, lane, word, bytes, before);
      mixed = mixed(before, now);
    }
    if (reads[word] >= by.floor) {
      checkWriteAfterRead(by, lane, word);
    }
    writes[word] = now | mixed | before & EVER | (long) bytes << EVER_SHIFT;
    noteUnfenced(word);
  }

  /** The bytes of its first word that an access touches, one bit each. */
  private static int bytesOfWord(int place, int laneBytes) {
    return laneBytes >= 4 ? 0xf : (1 << laneBytes) - 1 << (place & 3);
  }

  /** Notes an atomic operation on a word, which may go along with others of its kind. */
  void atomic(Request by, int lane, int word) {
    long before = writes[word];
    if (before >= by.floor || (before >>> EVER_SHIFT & 0xf) != 0xf) {
      checkRead(by, lane, word, 0xf, before);
    }
    if (reads[word] >= by.floor) {
      checkWriteAfterRead(by, lane, word);
    }
    writes[word] = by.entry | lane | MIXED | 0xfL << BYTES_SHIFT | 0xfL << EVER_SHIFT;
  }

  /** Notes that a copy in the background will write a whole word. */
  void expect(Request by, int lane, int word) {
    long before = writes[word];
    if (before >= by.floor) {
      checkWriteAfterWrite(by, lane, word, 0xf, before);
    }
    if (reads[word] >= by.floor) {
      checkWriteAfterRead(by, lane, word);
    }
    long begun = at(by.entry) | by.warp.index << 5 | lane;
    writes[word] = NEVER << TIME_SHIFT | PENDING | 0xfL << BYTES_SHIFT | begun;
  }

  /** Notes that a copy in the background has written a word, as its thread has waited for it. */
  void arrive(Request by, int lane, int word) {
    writes[word] = by.entry | lane | 0xfL << BYTES_SHIFT | 0xfL << EVER_SHIFT;
    noteUnfenced(word);
  }

  private void noteUnfenced(int word) {
    if (readByProducts) {
      unfenced.set(word);
    }
  }

  /** Lets products see what these lanes have written, once a barrier has followed. */
  void fence(Warp warp, int lanes) {
    for (int word = unfenced.nextSetBit(0); word >= 0; word = unfenced.nextSetBit(word + 1)) {
      int thread = (int) writes[word] & THREAD;
      if (thread >>> 5 == warp.index && (lanes >>> (thread & 31) & 1) != 0) {
        unfenced.clear(word);
      }
    }
  }

  /** Notes that a product that a warp has asked for reads whole words. */
  void readByProduct(Request by, int place, int bytes) {
    for (int word = place >> 2; word < place + bytes >> 2; word++) {
      readWord(by, 0, word, 0xf, by.entry);
      if (unfenced.get(word)) {
        throw fault(
            by,
            0,
            word,
            Check.ASYNC_PRODUCT,
            "reads what " + who(writes[word]) + " wrote at %s without a fence.proxy.async after it",
            writes[word]);
      }
    }
  }

  private static long at(long entry) {
    return entry & (long) MAX_AT << AT_SHIFT;
  }

  /** Bytes and flag to add where other bytes of the word were written at the same time. */
  private static long mixed(long before, long now) {
    boolean sameThread = (before & THREAD) == (now & THREAD);
    long others = before & 0xfL << BYTES_SHIFT;
    if (sameThread && (before & MIXED) == 0) {
      return others;
    }
    return (others & ~now) == 0 ? 0 : MIXED | others;
  }

  private void mergeRead(Request by, int word, long before, long now) {
    int self = 1 << by.warp.index;
    boolean sameTime = before >>> TIME_SHIFT == now >>> TIME_SHIFT;
    if (sameTime && (before & MIXED) != 0 && (readers[word] & self) != 0) {
      return;
    }
    boolean sameThread = (before & (THREAD | MIXED)) == (now & THREAD);
    if (sameThread) {
      reads[word] = now;
      return;
    }
    long earlier = Math.min(before >>> TIME_SHIFT, now >>> TIME_SHIFT);
    reads[word] = now & ~(-1L << TIME_SHIFT) | earlier << TIME_SHIFT | MIXED;
    readers[word] |= self;
  }

  private void checkRead(Request by, int lane, int word, int bytes, long written) {
    if ((written & PENDING) != 0) {
      throw fault(
          by,
          lane,
          word,
          Check.ASYNC_COPY,
          "reads what a copy in the background, begun at %s, has not brought yet",
          written);
    }
    if ((written >>> EVER_SHIFT & bytes) != bytes) {
      throw by.warp.laneFault(
          by.instruction,
          lane,
          Check.UNINITIALISED,
          "reads shared memory that nothing wrote: offset %d",
          word << 2);
    }
    boolean overlap = (written >>> BYTES_SHIFT & bytes) != 0 && (written & MIXED) == 0;
    if (overlap && isUnordered(by, lane, written)) {
      throw fault(
          by,
          lane,
          word,
          Check.SHARED_RACE,
          "reads what " + who(written) + " wrote at %s without a barrier in between",
          written);
    }
  }

  private boolean checkWriteAfterWrite(Request by, int lane, int word, int bytes, long before) {
    if ((before & PENDING) != 0) {
      throw fault(
          by,
          lane,
          word,
          Check.ASYNC_COPY,
          "writes where a copy in the background, begun at %s, is still to write",
          before);
    }
    boolean overlap = (before >>> BYTES_SHIFT & bytes) != 0 && (before & MIXED) == 0;
    if (!overlap || !isUnordered(by, lane, before)) {
      return false;
    }
    boolean sameInstruction =
        (int) (before & THREAD) >>> 5 == by.warp.index && at(before) == at(by.entry);
    if (sameInstruction) {
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

  private void checkWriteAfterRead(Request by, int lane, int word) {
    long before = reads[word];
    long time = before >>> TIME_SHIFT;
    boolean several = (before & MIXED) != 0;
    if (!several && (before & THREAD) == (by.warp.index << 5 | lane)) {
      return;
    }
    for (int left = readers[word]; left != 0; left &= left - 1) {
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

  /** Whether an earlier access is not known to be done. */
  private static boolean isUnordered(Request by, int lane, long entry) {
    int thread = (int) (entry & THREAD);
    return thread != (by.warp.index << 5 | lane)
        && entry >>> TIME_SHIFT >= by.warp.clock.known(thread >>> 5);
  }

  private static String who(long entry) {
    int thread = (int) (entry & THREAD);
    return "warp %d, lane %d".formatted(thread >>> 5, thread & 31);
  }

  private static EmulatorFaultException fault(
      Request by, int lane, int word, Check check, String what, long entry) {
    String where = by.warp.block.program().where((int) (at(entry) >>> AT_SHIFT));
    return by.warp.laneFault(
        by.instruction,
        lane,
        check,
        "%s: offset %d of shared memory",
        what.formatted(where),
        word << 2);
  }
}
