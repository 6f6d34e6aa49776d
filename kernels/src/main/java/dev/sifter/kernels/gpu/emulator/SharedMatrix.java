package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/**
 * An operand of {@code wgmma} in shared memory, as its descriptor says: 16 terms of some rows of A
 * or columns of B, swizzled over 128 bytes.
 *
 * <p>Where the terms of a row lie side by side, eight rows of 128 bytes follow each other, and the
 * next eight are a stride away. Where the terms are rows, 64 columns lie side by side in 128 bytes,
 * the next 64 a leading distance away; eight terms follow each other, the next eight a stride away.
 * Of every address, bits 7 to 9 are added to bits 4 to 6 without carry.
 */
final class SharedMatrix {
  /** Terms of a product. */
  static final int TERMS = 16;

  private static final int CHUNK_BYTES = 16;
  private static final int CHUNK = 8;
  private static final int ROW_BYTES = 128;
  private static final int ROW_ELEMENTS = 64;
  private static final long SWIZZLE_128_BYTES = 1;

  private final boolean termsAreRows;

  /** Places of all chunks: by rows and then terms, or by terms and then columns. */
  private final int[] chunks;

  /** What lay there when the product began. */
  private final byte[] before;

  private SharedMatrix(boolean termsAreRows, int[] chunks, byte[] data) {
    this.termsAreRows = termsAreRows;
    this.chunks = chunks;
    before = read(data);
  }

  /**
   * Reads a descriptor, and checks that what it means may be read now.
   *
   * @param first the first row or column
   * @param count rows or columns, a multiple of 8
   */
  static SharedMatrix of(
      Warp warp, Instruction by, long descriptor, boolean termsAreRows, int first, int count) {
    int start = (int) (descriptor & 0x3fff) << 4;
    int leading = (int) (descriptor >>> 16 & 0x3fff) << 4;
    int stride = (int) (descriptor >>> 32 & 0x3fff) << 4;
    long swizzle = descriptor >>> 62;
    long baseOffset = descriptor >>> 49 & 7;
    if (swizzle != SWIZZLE_128_BYTES || baseOffset != 0) {
      throw warp.fault(
          by,
          Check.ASYNC_PRODUCT,
          "descriptor 0x%x: only the swizzle of 128 bytes without a base offset is known",
          descriptor);
    }
    if ((start & 7 * ROW_BYTES) != 0 || stride % (8 * ROW_BYTES) != 0) {
      throw warp.fault(
          by,
          Check.MISALIGNED,
          "descriptor 0x%x: a swizzled matrix at address %d, eight rows %d bytes apart; both must"
              + " be multiples of 1024",
          descriptor,
          start,
          stride);
    }
    int[] chunks = new int[count * TERMS / CHUNK];
    for (int i = 0; i < chunks.length; i++) {
      int linear;
      if (termsAreRows) {
        int term = i / (count / CHUNK);
        int column = first + i % (count / CHUNK) * CHUNK;
        linear =
            column / ROW_ELEMENTS * leading
                + term / 8 * stride
                + term % 8 * ROW_BYTES
                + column % ROW_ELEMENTS * 2;
      } else {
        int row = first + i / 2;
        linear = row / 8 * stride + row % 8 * ROW_BYTES + i % 2 * CHUNK_BYTES;
      }
      int address = start + linear;
      chunks[i] = (address ^ (address >> 7 & 7) << 4) - SharedMemory.BASE;
    }
    requireInside(warp, by, chunks);
    note(warp, by, chunks);
    return new SharedMatrix(termsAreRows, chunks, warp.block.shared().data);
  }

  private static void requireInside(Warp warp, Instruction by, int[] chunks) {
    int size = warp.block.shared().bytes();
    for (int place : chunks) {
      if (place < 0 || place > size - CHUNK_BYTES) {
        throw warp.fault(
            by,
            Check.OUT_OF_BOUNDS,
            "reads 16 bytes at offset %d of %d bytes of shared memory",
            place,
            size);
      }
    }
  }

  private static void note(Warp warp, Instruction by, int[] chunks) {
    if (warp.block.log().checks()) {
      warp.request.begin(by);
      for (int place : chunks) {
        warp.block.shared().readByProduct(warp.request, place, CHUNK_BYTES);
      }
    }
  }

  /** The product is made: nobody may have changed what it reads. */
  void finish(Warp warp, Instruction by) {
    note(warp, by, chunks);
    if (!Arrays.equals(before, read(warp.block.shared().data))) {
      throw warp.fault(
          by,
          Check.ASYNC_PRODUCT,
          "what a product in the background reads of shared memory changed before it was waited"
              + " for");
    }
  }

  private byte[] read(byte[] data) {
    byte[] bytes = new byte[chunks.length * CHUNK_BYTES];
    for (int i = 0; i < chunks.length; i++) {
      System.arraycopy(data, chunks[i], bytes, i * CHUNK_BYTES, CHUNK_BYTES);
    }
    return bytes;
  }

  /** Writes {@code count} rows or columns from {@code first} on, those of one term together. */
  void unpack(int first, int count, float[] into) {
    int perTerm = chunks.length * CHUNK / TERMS;
    for (int term = 0; term < TERMS; term++) {
      for (int i = 0; i < count; i++) {
        int place = termsAreRows ? term * perTerm + first + i : (first + i) * TERMS + term;
        int bits = (short) Bytes.SHORT.get(before, 2 * place);
        into[term * count + i] = Float.intBitsToFloat(bits << 16);
      }
    }
  }
}
