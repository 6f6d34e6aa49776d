package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Masks of dropout, bit for bit those of {@link Philox}, a block of the generator in each 64-bit
 * lane: the products of its rounds need 64 bits.
 */
final class DropoutMask {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int BLOCKS = LONGS.length();
  private static final long LOW = 0xFFFFFFFFL;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int[] ZIP_LOW = zip(0);
  private static final int[] ZIP_HIGH = zip(BLOCKS / 2);

  private DropoutMask() {}

  /** Which halves of lanes to take: whole lanes cannot be permuted before AVX2. */
  private static int[] zip(int from) {
    int[] index = new int[2 * BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
      int lane = from + i / 2 + (i % 2) * BLOCKS;
      index[2 * i] = 2 * lane;
      index[2 * i + 1] = 2 * lane + 1;
    }
    return index;
  }

  /** {@code count}, rounded up to four numbers of each 64-bit lane. */
  static int roundedUp(int count) {
    return Math.ceilDiv(count, 4 * BLOCKS) * 4 * BLOCKS;
  }

  /**
   * mask[i] = uniform number {@code from + i} of the stream is at least {@code probability} ? scale
   * : 0, for i &lt; count {@linkplain #roundedUp rounded up}.
   *
   * @param from a multiple of 4
   */
  static void fill(
      RandomStream stream, long from, int count, float probability, float scale, float[] mask) {
    // uniform(bits) = (bits >>> 8)·2⁻²⁴, so the comparison can be made on whole numbers.
    int threshold = (int) Math.ceil(probability * 0x1p24);
    IntVector zipLow = IntVector.fromArray(INTS, ZIP_LOW, 0);
    IntVector zipHigh = IntVector.fromArray(INTS, ZIP_HIGH, 0);
    LongVector lanes = LongVector.zero(LONGS).addIndex(1);
    long key0 = stream.seed() & LOW;
    long key1 = stream.seed() >>> 32;
    for (int i = 0; i < count; i += 4 * BLOCKS) {
      LongVector block = lanes.add((from + i) >>> 2);
      LongVector c0 = block.and(LOW);
      LongVector c1 = block.lanewise(VectorOperators.LSHR, 32);
      LongVector c2 = LongVector.broadcast(LONGS, stream.stream() & LOW);
      LongVector c3 = LongVector.broadcast(LONGS, stream.stream() >>> 32);
      long k0 = key0;
      long k1 = key1;
      for (int round = 0; round < Philox.ROUNDS; round++) {
        LongVector product0 = c0.and(LOW).mul(Philox.MULTIPLIER_0);
        LongVector product1 = c2.and(LOW).mul(Philox.MULTIPLIER_1);
        c0 = product1.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c1);
        c2 = product0.lanewise(VectorOperators.LSHR, 32).lanewise(VectorOperators.XOR, c3);
        c0 = c0.lanewise(VectorOperators.XOR, k0);
        c2 = c2.lanewise(VectorOperators.XOR, k1);
        c1 = product1.and(LOW);
        c3 = product0.and(LOW);
        k0 = (k0 + Philox.WEYL_0) & LOW;
        k1 = (k1 + Philox.WEYL_1) & LOW;
      }
      IntVector first = c1.lanewise(VectorOperators.LSHL, 32).or(c0).reinterpretAsInts();
      IntVector second = c3.lanewise(VectorOperators.LSHL, 32).or(c2).reinterpretAsInts();
      IntVector low = zipLow.selectFrom(first, second);
      IntVector high = zipHigh.selectFrom(first, second);
      FloatVector dropped = FloatVector.broadcast(S, 0f);
      low = low.lanewise(VectorOperators.LSHR, 8);
      high = high.lanewise(VectorOperators.LSHR, 8);
      dropped.blend(scale, low.compare(VectorOperators.GE, threshold).cast(S)).intoArray(mask, i);
      dropped
          .blend(scale, high.compare(VectorOperators.GE, threshold).cast(S))
          .intoArray(mask, i + S.length());
    }
  }
}
