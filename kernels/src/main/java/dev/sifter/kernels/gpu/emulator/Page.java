package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/**
 * A piece of an allocation, made when it is first written.
 *
 * <p>Memory is kept by sectors of 32 bytes, the unit in which a device moves it, so that one {@code
 * int} tells about all bytes of a sector.
 */
final class Page {
  /** Address bits within a page. */
  static final int SHIFT = 16;

  /** Size of a page. */
  static final int BYTES = 1 << SHIFT;

  /** Address bits within a sector. */
  static final int SECTOR_SHIFT = 5;

  /** Sectors of a page. */
  static final int SECTORS = BYTES >> SECTOR_SHIFT;

  /** What memory holds that nobody wrote: NaN in every floating-point type. */
  private static final byte POISON = (byte) 0xff;

  /** The bytes, up to the end of the allocation rounded up to a sector. */
  final byte[] data;

  /** For every sector, which bytes were written. */
  final int[] initialised;

  /** What the launch at hand did to it; null if nothing yet. */
  PageRecord record;

  Page(int bytes) {
    int sectors = bytes + (1 << SECTOR_SHIFT) - 1 >> SECTOR_SHIFT;
    data = new byte[sectors << SECTOR_SHIFT];
    Arrays.fill(data, POISON);
    initialised = new int[sectors];
  }

  /** Marks bytes as written or not. */
  void mark(int offset, int bytes, boolean written) {
    int end = offset + bytes;
    int at = offset;
    while (at < end) {
      int sector = at >> SECTOR_SHIFT;
      int next = Math.min(end, sector + 1 << SECTOR_SHIFT);
      int mask = mask(at & 31, next - at);
      initialised[sector] = written ? initialised[sector] | mask : initialised[sector] & ~mask;
      at = next;
    }
  }

  /** The first byte of a range that was not written, or −1. */
  int firstUninitialised(int offset, int bytes) {
    int end = offset + bytes;
    int at = offset;
    while (at < end) {
      int sector = at >> SECTOR_SHIFT;
      int next = Math.min(end, sector + 1 << SECTOR_SHIFT);
      int missing = mask(at & 31, next - at) & ~initialised[sector];
      if (missing != 0) {
        return (sector << SECTOR_SHIFT) + Integer.numberOfTrailingZeros(missing);
      }
      at = next;
    }
    return -1;
  }

  /** The bytes of a range that lie in a sector, one bit each. */
  static int sectorMask(int sector, int offset, int bytes) {
    int begin = sector << SECTOR_SHIFT;
    int from = Math.max(offset, begin);
    int to = Math.min(offset + bytes, begin + (1 << SECTOR_SHIFT));
    return mask(from - begin, to - from);
  }

  /** {@code bytes} bits from {@code offset} on. */
  static int mask(int offset, int bytes) {
    return (int) ((1L << bytes) - 1 << offset);
  }
}
