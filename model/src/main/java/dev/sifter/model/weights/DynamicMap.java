package dev.sifter.model.weights;

import java.util.Arrays;

/**
 * The 8-bit numbers of Dettmers (2016): seven powers of ten, each with fractions twice as fine as
 * the one below, zero and one; as bitsandbytes makes them.
 */
public final class DynamicMap {
  /** Numbers of both signs. */
  public static final DynamicMap SIGNED = new DynamicMap(true);

  /** Numbers from 0 on. */
  public static final DynamicMap UNSIGNED = new DynamicMap(false);

  private static final int SIZE = 256;
  private static final int POWERS = 7;

  private final float[] values;
  private final float[] midpoints;

  private DynamicMap(boolean signed) {
    float[] all = new float[SIZE];
    int count = 0;
    for (int power = 0; power < POWERS; power++) {
      int fractions = signed ? 1 << power : 2 << power;
      for (int i = 0; i < fractions; i++) {
        float mean = (boundary(i, fractions) + boundary(i + 1, fractions)) / 2f;
        float value = (float) Math.pow(10, -6 + power) * mean;
        all[count++] = value;
        if (signed) {
          all[count++] = -value;
        }
      }
    }
    all[count] = 1;
    Arrays.sort(all);
    this.values = all;
    this.midpoints = new float[SIZE - 1];
    for (int i = 0; i < midpoints.length; i++) {
      midpoints[i] = (float) (((double) all[i] + all[i + 1]) / 2);
    }
  }

  /**
   * One of the points that part [0.1, 1] evenly, counted from the nearer end, as torch.linspace.
   */
  private static float boundary(int index, int parts) {
    float step = (1f - 0.1f) / parts;
    return index < (parts + 1) / 2
        ? Math.fma(step, index, 0.1f)
        : Math.fma(-step, parts - index, 1f);
  }

  /** The 256 numbers, rising. */
  public float[] values() {
    return values.clone();
  }

  /**
   * Quantises a block.
   *
   * @param codes receives a code for each value, from {@code at} on
   * @return the block's largest magnitude
   */
  public float quantizeBlock(float[] block, byte[] codes, int at) {
    float absmax = 0;
    for (float value : block) {
      absmax = Math.max(absmax, Math.abs(value));
    }
    float inverse = 1 / Math.max(absmax, 1e-38f);
    for (int i = 0; i < block.length; i++) {
      codes[at + i] = (byte) Nf4.nearest(Math.clamp(block[i] * inverse, -1, 1), midpoints);
    }
    return absmax;
  }
}
