package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Storage;
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

  /** Whether a tensor of a floating type holds neither NaN nor infinity. */
  public static boolean isFinite(Tensor tensor) {
    Fields fields =
        switch (tensor.dtype()) {
          case F32 -> new Fields(0x7F80_0000_7F80_0000L, 0x0080_0000_0080_0000L);
          case F64 -> new Fields(0x7FF0_0000_0000_0000L, 0x0010_0000_0000_0000L);
          case BF16 -> new Fields(0x7F80_7F80_7F80_7F80L, 0x0080_0080_0080_0080L);
          case F16 -> new Fields(0x7C00_7C00_7C00_7C00L, 0x0400_0400_0400_0400L);
          case I32, U8 -> throw new IllegalArgumentException(tensor + " is not floating");
        };
    IntStream chunks =
        IntStream.range(0, Math.toIntExact(Math.ceilDiv(tensor.byteSize(), CHUNK_BYTES)));
    if (tensor.storage() instanceof Storage.Host) {
      MemorySegment bytes = tensor.segment();
      return chunks
          .parallel()
          .allMatch(chunk -> fields.areFinite(bytes.asSlice(from(chunk), size(tensor, chunk))));
    }
    MemorySegment buffer = MemorySegment.ofArray(new long[(int) (CHUNK_BYTES / Long.BYTES)]);
    return chunks.allMatch(
        chunk -> {
          MemorySegment bytes = buffer.asSlice(0, size(tensor, chunk));
          tensor.read(from(chunk), bytes);
          return fields.areFinite(bytes);
        });
  }

  private static long from(int chunk) {
    return chunk * CHUNK_BYTES;
  }

  private static long size(Tensor tensor, int chunk) {
    return Math.min(CHUNK_BYTES, tensor.byteSize() - from(chunk));
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
      // Beside the exponents' own bits there are only the places above them, where carries arrive.
      return (carries & ~mask) == 0;
    }
  }
}
