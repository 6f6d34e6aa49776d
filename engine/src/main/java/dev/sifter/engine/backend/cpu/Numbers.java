package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Moves numbers between tensors of any floating type and fp32 arrays. Widening is exact; narrowing
 * rounds to nearest, ties to even, keeps subnormals and gives a quiet NaN for every NaN.
 */
final class Numbers {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(
          short.class, VectorShape.forBitSize(FloatVector.SPECIES_PREFERRED.vectorBitSize() / 2));
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final short BF16_NAN = 0x7FC0;
  private static final int F16_EXPONENT = 0x7C00;
  private static final int F32_EXPONENT = 0x7F800000;

  private Numbers() {}

  /** Reads elements {@code from} … {@code from + count − 1} as fp32. */
  static void load(
      DType dtype, MemorySegment source, long from, float[] target, int at, int count) {
    switch (dtype) {
      case F32 -> loadF32(source, from, target, at, count);
      case BF16 -> loadBf16(source, 2 * from, target, at, count);
      case F16 -> loadF16(source, 2 * from, target, at, count);
      case F64, I32, U8 -> throw new IllegalArgumentException(dtype + " is not read as fp32");
    }
  }

  /** Writes elements {@code from} … {@code from + count − 1}, rounded to the type. */
  static void store(
      float[] source, int at, DType dtype, MemorySegment target, long from, int count) {
    switch (dtype) {
      case F32 -> storeF32(source, at, target, from, count);
      case BF16 -> storeBf16(source, at, target, 2 * from, count);
      case F16 -> storeF16(source, at, target, 2 * from, count);
      case F64, I32, U8 -> throw new IllegalArgumentException(dtype + " is not written from fp32");
    }
  }

  /** Reads fp32 elements. */
  static void loadF32(MemorySegment source, long from, float[] target, int at, int count) {
    MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * from, target, at, count);
  }

  /** Writes fp32 elements. */
  static void storeF32(float[] source, int at, MemorySegment target, long from, int count) {
    MemorySegment.copy(source, at, target, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * from, count);
  }

  private static void loadBf16(
      MemorySegment source, long byteOffset, float[] target, int at, int count) {
    int lanes = FLOATS.length();
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += lanes) {
      ShortVector.fromMemorySegment(SHORTS, source, byteOffset + 2L * i, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(target, at + i);
    }
    for (int i = bound; i < count; i++) {
      int bits = source.get(ValueLayout.JAVA_SHORT_UNALIGNED, byteOffset + 2L * i);
      target[at + i] = Float.intBitsToFloat(bits << 16);
    }
  }

  /**
   * Exponent and fraction move up by 13 bits, which makes a binary32 too small by 2¹¹²; multiplying
   * restores it exactly, subnormals included. Only infinity and NaN need another exponent.
   */
  private static void loadF16(
      MemorySegment source, long byteOffset, float[] target, int at, int count) {
    int lanes = FLOATS.length();
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += lanes) {
      IntVector half =
          ShortVector.fromMemorySegment(SHORTS, source, byteOffset + 2L * i, ORDER)
              .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
              .reinterpretAsInts();
      IntVector magnitude = half.and(0x7FFF);
      IntVector shifted = magnitude.lanewise(VectorOperators.LSHL, 13);
      IntVector finite = shifted.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
      VectorMask<Integer> special = magnitude.compare(VectorOperators.GE, F16_EXPONENT);
      finite
          .blend(shifted.or(F32_EXPONENT), special)
          .or(half.and(0x8000).lanewise(VectorOperators.LSHL, 16))
          .reinterpretAsFloats()
          .intoArray(target, at + i);
    }
    for (int i = bound; i < count; i++) {
      target[at + i] =
          Float.float16ToFloat(source.get(ValueLayout.JAVA_SHORT_UNALIGNED, byteOffset + 2L * i));
    }
  }

  private static void storeBf16(
      float[] source, int at, MemorySegment target, long byteOffset, int count) {
    int lanes = FLOATS.length();
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += lanes) {
      FloatVector value = FloatVector.fromArray(FLOATS, source, at + i);
      IntVector bits = value.reinterpretAsInts();
      IntVector tie = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      bits.add(0x7FFF)
          .add(tie)
          .lanewise(VectorOperators.LSHR, 16)
          .blend(BF16_NAN, value.test(VectorOperators.IS_NAN).cast(INTS))
          .convertShape(VectorOperators.I2S, SHORTS, 0)
          .reinterpretAsShorts()
          .intoMemorySegment(target, byteOffset + 2L * i, ORDER);
    }
    for (int i = bound; i < count; i++) {
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, byteOffset + 2L * i, toBf16(source[at + i]));
    }
  }

  private static void storeF16(
      float[] source, int at, MemorySegment target, long byteOffset, int count) {
    for (int i = 0; i < count; i++) {
      short half = Float.floatToFloat16(source[at + i]);
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, byteOffset + 2L * i, half);
    }
  }

  private static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7FFFFFFF) > F32_EXPONENT) {
      return BF16_NAN;
    }
    int roundingBias = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + roundingBias) >>> 16);
  }
}
