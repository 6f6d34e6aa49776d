package dev.sifter.engine.backend.gpu;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Copies of the whole numbers that were uploaded into one storage, by where they lie.
 *
 * <p>A row number out of range would let a kernel read and write foreign memory. With the copies,
 * numbers are checked before each launch that uses them, without waiting for the device.
 */
final class UploadedIntegers {
  private final NavigableMap<Long, View> uploads = new TreeMap<>();

  /**
   * Some numbers of an array.
   *
   * @param numbers the array
   * @param from the first of them
   * @param count how many
   * @param least no number of the array is smaller
   * @param largest no number of the array is larger
   */
  record View(int[] numbers, int from, int count, int least, int largest) {
    static View of(int[] numbers) {
      int least = Integer.MAX_VALUE;
      int largest = Integer.MIN_VALUE;
      for (int number : numbers) {
        least = Math.min(least, number);
        largest = Math.max(largest, number);
      }
      return new View(numbers, 0, numbers.length, least, largest);
    }

    int[] toArray() {
      return Arrays.copyOfRange(numbers, from, from + count);
    }

    int get(int index) {
      return numbers[from + index];
    }

    /** The place of the first number that is not in [0, limit), or −1. */
    int firstOutside(int limit) {
      if (least >= 0 && largest < limit) {
        return -1;
      }
      for (int i = 0; i < count; i++) {
        if (get(i) < 0 || get(i) >= limit) {
          return i;
        }
      }
      return -1;
    }
  }

  /** Notes what was uploaded to {@code byteOffset}, in place of what was there. */
  void put(long byteOffset, int[] numbers) {
    forget(byteOffset, (long) numbers.length * Integer.BYTES);
    if (numbers.length > 0) {
      uploads.put(byteOffset, View.of(numbers));
    }
  }

  /** Forgets all that touches a range: it was given back, or a kernel writes it. */
  void forget(long byteOffset, long bytes) {
    Map.Entry<Long, View> before = uploads.lowerEntry(byteOffset);
    if (before != null && end(before) > byteOffset) {
      uploads.remove(before.getKey());
    }
    uploads.subMap(byteOffset, byteOffset + bytes).clear();
  }

  /** The numbers at a place, or null if not all of them are known. */
  View find(long byteOffset, int count) {
    Map.Entry<Long, View> entry = uploads.floorEntry(byteOffset);
    if (entry == null || end(entry) < byteOffset + (long) count * Integer.BYTES) {
      return null;
    }
    View all = entry.getValue();
    int from = Math.toIntExact((byteOffset - entry.getKey()) / Integer.BYTES);
    return new View(all.numbers, from, count, all.least, all.largest);
  }

  private static long end(Map.Entry<Long, View> entry) {
    return entry.getKey() + (long) entry.getValue().count * Integer.BYTES;
  }
}
