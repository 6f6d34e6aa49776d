package dev.sifter.kernels.library;

import java.util.Arrays;

/**
 * The values that quantised numbers stand for, times their block's largest magnitude.
 *
 * <p>NF4: the 16 numbers of Dettmers et al., QLoRA (2023), appendix E. Eight bits: the dynamic maps
 * of Dettmers et al., 8-bit Optimizers (2022): seven powers of ten, each with as many fractions as
 * bits are left for them.
 */
public final class QuantizationCodes {
  private static final int DECADES = 7;
  private static final int EIGHT_BIT_CODES = 256;

  private static final float[] NF4 = {
    -1.0f,
    -0.6961928009986877f,
    -0.5250730514526367f,
    -0.39491748809814453f,
    -0.28444138169288635f,
    -0.18477343022823334f,
    -0.09105003625154495f,
    0.0f,
    0.07958029955625534f,
    0.16093020141124725f,
    0.24611230194568634f,
    0.33791524171829224f,
    0.44070982933044434f,
    0.5626170039176941f,
    0.7229568362236023f,
    1.0f
  };

  private QuantizationCodes() {}

  /** The 16 values of NF4. */
  public static float[] nf4() {
    return NF4.clone();
  }

  /** The 256 values of signed 8-bit numbers, ascending. */
  public static float[] signed8() {
    return dynamicMap(true);
  }

  /** The 256 values of 8-bit numbers from 0 to 1, ascending. */
  public static float[] unsigned8() {
    return dynamicMap(false);
  }

  /**
   * Between each code and the next, rounded to fp32: the code of x is the number of those below x.
   */
  public static float[] midpoints(float[] codes) {
    float[] midpoints = new float[codes.length - 1];
    for (int i = 0; i < midpoints.length; i++) {
      midpoints[i] = (float) (((double) codes[i] + codes[i + 1]) / 2);
    }
    return midpoints;
  }

  private static float[] dynamicMap(boolean signed) {
    float[] map = new float[EIGHT_BIT_CODES];
    int count = 0;
    map[count++] = 1;
    for (int decade = 0; decade < DECADES; decade++) {
      int fractions = 1 << (signed ? decade : decade + 1);
      float power = (float) Math.pow(10, decade - DECADES + 1);
      for (int i = 0; i < fractions; i++) {
        float mean = (boundary(i, fractions) + boundary(i + 1, fractions)) / 2;
        map[count++] = power * mean;
        if (signed) {
          map[count++] = -power * mean;
        }
      }
    }
    Arrays.sort(map);
    return map;
  }

  /** Of {@code parts} equal parts from 0.1 to 1, computed from the nearer end, rounded once. */
  private static float boundary(int i, int parts) {
    float step = (1f - 0.1f) / parts;
    return i < (parts + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, parts - i, 1f);
  }
}
