package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Finds NaN and infinity in weights, at the speed of reading them. Both have an exponent of all
 * ones, so adding one to the exponent field carries into the sign's place, in all elements of a
 * 64-bit word at once.
 */
public final class FiniteCheck {
  private static final long CHUNK_BYTES = 1L << 22;

  private FiniteCheck() {}

  /** Whether a host tensor of a floating type holds neither NaN nor infinity. */
  public static boolean isFinite(Tensor tensor) {
    MemorySegment bytes = tensor.segment();
    Fields fields =
        switch (tensor.dtype()) {
          case F32 -> new Fields(0x7F80_0000_7F80_0000L, 0x0080_0000_0080_0000L);
          case F64 -> new Fields(0x7FF0_0000_0000_0000L, 0x0010_0000_0000_0000L);
          case BF16 -> new Fields(0x7F80_7F80_7F80_7F80L, 0x0080_0080_0080_0080L);
          case F16 -> new Fields(0x7C00_7C00_7C00_7C00L, 0x0400_0400_0400_0400L);
          case I32, U8 -> throw new IllegalArgumentException(tensor + " is not floating");
        };
    int chunks = Math.toIntExact(Math.ceilDiv(bytes.byteSize(), CHUNK_BYTES));
    return IntStream.range(0, chunks)
        .parallel()
        .allMatch(
            chunk -> {
              long from = chunk * CHUNK_BYTES;
              long size = Math.min(CHUNK_BYTES, bytes.byteSize() - from);
              return fields.areFinite(bytes.asSlice(from, size));
            });
  }

  /**
   * The exponents of the elements in a word.
   *
   * @param mask their bits
   * @param one a one in the lowest of them
   */
  private record Fields(long mask, long one) {
    boolean areFinite(MemorySegment bytes) {
      long carries = 0;
      long words = bytes.byteSize() / Long.BYTES;
      for (long i = 0; i < words; i++) {
        carries |= (bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, i * Long.BYTES) & mask) + one;
      }
      long last = 0;
      for (long i = words * Long.BYTES; i < bytes.byteSize(); i++) {
        long unsigned = bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
        last |= unsigned << 8 * (i - words * Long.BYTES);
      }
      carries |= (last & mask) + one;
      return (carries & ~mask & signs()) == 0;
    }

    /** The places above the exponents, where a carry arrives. */
    private long signs() {
      return (mask << 1) & ~mask;
    }
  }
}
