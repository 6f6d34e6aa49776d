package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The shared memory of a block, and by words of 32 bits who wrote and read it last.
 *
 * <p>An access races with an earlier one of another thread if one of them writes and the warp's
 * clock does not know the earlier one to be done. Bytes are told apart exactly, except where
 * several threads write different bytes of a word at one time: then the word's race check rests.
 * {@link SharedEntry} is what is noted of an access, {@link SharedChecks} what is refused.
 */
final class SharedMemory {
  /** Address of the first byte. */
  static final int BASE = 1024;

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
          reads[word] |= SharedEntry.MIXED;
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
    if (written >= by.floor || !SharedEntry.isWritten(written, bytes)) {
      SharedChecks.read(by, lane, word, bytes, written);
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
      long now = by.entry | lane | SharedEntry.touched(bytes);
      for (int word = first; word < first + words; word++) {
        writeWord(by, lane, word, bytes, now);
      }
    }
  }

  private void writeWord(Request by, int lane, int word, int bytes, long now) {
    long before = writes[word];
    long also = 0;
    if (before >= by.floor) {
      by.overwrites |= SharedChecks.writeAfterWrite(by, lane, word, bytes, before);
      also = SharedEntry.alsoWritten(before, now);
    }
    checkWriteAfterRead(by, lane, word);
    writes[word] = now | also | SharedEntry.writtenOf(before) | SharedEntry.written(bytes);
    noteUnfenced(word);
  }

  /** The bytes of its first word that an access touches, one bit each. */
  private static int bytesOfWord(int place, int laneBytes) {
    return laneBytes >= 4 ? SharedEntry.WORD : (1 << laneBytes) - 1 << (place & 3);
  }

  /** Notes an atomic operation on a word, which may go along with others of its kind. */
  void atomic(Request by, int lane, int word) {
    long before = writes[word];
    if (before >= by.floor || !SharedEntry.isWritten(before, SharedEntry.WORD)) {
      SharedChecks.read(by, lane, word, SharedEntry.WORD, before);
    }
    checkWriteAfterRead(by, lane, word);
    writes[word] = wholeWord(by, lane) | SharedEntry.MIXED;
  }

  /** Notes that a copy in the background will write a whole word. */
  void expect(Request by, int lane, int word) {
    long before = writes[word];
    if (before >= by.floor) {
      SharedChecks.writeAfterWrite(by, lane, word, SharedEntry.WORD, before);
    }
    checkWriteAfterRead(by, lane, word);
    writes[word] = SharedEntry.pending(by, lane);
  }

  /** Notes that a copy in the background has written a word, as its thread has waited for it. */
  void arrive(Request by, int lane, int word) {
    writes[word] = wholeWord(by, lane);
    noteUnfenced(word);
  }

  private static long wholeWord(Request by, int lane) {
    return by.entry
        | lane
        | SharedEntry.touched(SharedEntry.WORD)
        | SharedEntry.written(SharedEntry.WORD);
  }

  private void checkWriteAfterRead(Request by, int lane, int word) {
    if (reads[word] >= by.floor) {
      SharedChecks.writeAfterRead(by, lane, word, reads[word], readers[word]);
    }
  }

  private void noteUnfenced(int word) {
    if (readByProducts) {
      unfenced.set(word);
    }
  }

  /** Lets products see what these lanes have written, once a barrier has followed. */
  void fence(Warp warp, int lanes) {
    for (int word = unfenced.nextSetBit(0); word >= 0; word = unfenced.nextSetBit(word + 1)) {
      int thread = SharedEntry.thread(writes[word]);
      if (thread >>> 5 == warp.index && (lanes >>> (thread & 31) & 1) != 0) {
        unfenced.clear(word);
      }
    }
  }

  /** Notes that a product that a warp has asked for reads whole words. */
  void readByProduct(Request by, int place, int bytes) {
    for (int word = place >> 2; word < place + bytes >> 2; word++) {
      readWord(by, 0, word, SharedEntry.WORD, by.entry);
      if (unfenced.get(word)) {
        throw SharedChecks.unfenced(by, word, writes[word]);
      }
    }
  }

  private void mergeRead(Request by, int word, long before, long now) {
    int self = 1 << by.warp.index;
    boolean mixed = SharedEntry.isMixed(before);
    boolean sameTime = SharedEntry.time(before) == SharedEntry.time(now);
    if (sameTime && mixed && (readers[word] & self) != 0) {
      return;
    }
    if (!mixed && SharedEntry.thread(before) == SharedEntry.thread(now)) {
      reads[word] = now;
      return;
    }
    reads[word] = SharedEntry.alsoRead(before, now);
    readers[word] |= self;
  }
}
