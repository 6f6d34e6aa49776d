package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Codes to numbers. A byte of two codes is looked up at once, in a table of 256 pairs that stays in
 * the first-level cache; factors and rounding are vectorised.
 */
final class Dequantize {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int CHUNK = 1024;
  private static final int TABLE_SLOT = 2;
  private static final int VALUES_SLOT = 0;

  private Dequantize() {}

  static void run(
      CpuContext context,
      Tensor codes,
      int bits,
      Tensor codeBook,
      Tensor scales,
      int blockSize,
      float offset,
      Tensor out) {
    Checks.floats("out", out);
    Checks.codes(codes, bits, codeBook, scales, blockSize, out);
    float[] table = table(context, bits, codeBook);
    int perByte = 8 / bits;
    MemorySegment source = codes.segment();
    MemorySegment scale = scales.segment();
    MemorySegment target = out.segment();
    // Whole blocks and whole bytes: a task begins where both do.
    long grain = (long) Grain.ELEMENTS / (2L * blockSize) * (2L * blockSize);
    context.runRanges(
        out.elements(),
        Math.max(grain, 2L * blockSize),
        (from, to, worker) -> {
          float[] values = context.scratch(worker).floats(VALUES_SLOT, CHUNK + 1);
          for (long i = from; i < to; ) {
            long blockEnd = (i / blockSize + 1) * blockSize;
            int count = (int) Math.min(Math.min(blockEnd, to) - i, CHUNK);
            lookUp(source, i, perByte, table, values, count);
            float factor = scale.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (i / blockSize));
            multiplyAdd(values, factor, offset, count);
            Numbers.store(values, 0, out.dtype(), target, i, count);
            i += count;
          }
        });
  }

  /** For each byte, the values of its codes. */
  private static float[] table(CpuContext context, int bits, Tensor codeBook) {
    int perByte = 8 / bits;
    float[] table = context.shared().floats(TABLE_SLOT, 256L * perByte);
    MemorySegment book = codeBook.segment();
    for (int b = 0; b < 256; b++) {
      if (bits == 8) {
        table[b] = book.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * b);
      } else {
        table[2 * b] = book.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (b >> 4));
        table[2 * b + 1] = book.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (b & 15));
      }
    }
    return table;
  }

  private static void lookUp(
      MemorySegment codes, long from, int perByte, float[] table, float[] values, int count) {
    if (perByte == 1) {
      for (int i = 0; i < count; i++) {
        values[i] = table[codes.get(ValueLayout.JAVA_BYTE, from + i) & 0xFF];
      }
      return;
    }
    // A block of odd size begins in the middle of a byte.
    int skipped = (int) (from & 1);
    long byteFrom = from / 2;
    if (skipped == 1) {
      values[0] = table[2 * (codes.get(ValueLayout.JAVA_BYTE, byteFrom) & 0xFF) + 1];
      byteFrom++;
    }
    for (int i = skipped; i < count; i += 2, byteFrom++) {
      int pair = 2 * (codes.get(ValueLayout.JAVA_BYTE, byteFrom) & 0xFF);
      values[i] = table[pair];
      values[i + 1] = table[pair + 1];
    }
  }

  private static void multiplyAdd(float[] values, float factor, float offset, int count) {
    for (int i = 0; i < count; i += S.length()) {
      FloatVector.fromArray(S, values, i).mul(factor).add(offset).intoArray(values, i);
    }
  }
}
