package dev.sifter.engine.tensor;

/** Conversions between fp32 and bfloat16, the upper 16 bits of an fp32. */
public final class Bfloat16 {
  private static final short QUIET_NAN = (short) 0x7FC0;

  private Bfloat16() {}

  /** The value of these 16 bits; exact. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest bfloat16, ties to even; every NaN becomes 0x7FC0, as in PyTorch. */
  public static short fromFloat(float value) {
    if (Float.isNaN(value)) {
      return QUIET_NAN;
    }
    int bits = Float.floatToRawIntBits(value);
    int roundingBias = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + roundingBias) >>> 16);
  }
}
