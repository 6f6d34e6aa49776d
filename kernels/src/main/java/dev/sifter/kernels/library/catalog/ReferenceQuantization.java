package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.QuantizationCodes;

/**
 * Blockwise quantisation in Java's fp32 arithmetic.
 *
 * @param codes one a number
 * @param absmax largest magnitude of each block
 * @param block numbers of a block
 */
record ReferenceQuantization(byte[] codes, float[] absmax, int block) {

  /** Weights to NF4. */
  static ReferenceQuantization nf4(TrialArray x) {
    return of(x.values(), 0, 64, QuantizationCodes.nf4());
  }

  /** Numbers less an offset to eight bits. */
  static ReferenceQuantization int8(float[] x, float offset, float[] map) {
    return of(x, offset, 256, map);
  }

  private static ReferenceQuantization of(float[] x, float offset, int block, float[] map) {
    float[] midpoints = QuantizationCodes.midpoints(map);
    byte[] codes = new byte[x.length];
    float[] absmax = new float[Math.ceilDiv(x.length, block)];
    for (int i = 0; i < x.length; i++) {
      absmax[i / block] = Math.max(absmax[i / block], Math.abs(x[i] - offset));
    }
    for (int i = 0; i < x.length; i++) {
      float scaled = (x[i] - offset) * (1 / Math.max(absmax[i / block], 1e-38f));
      int code = 0;
      for (float midpoint : midpoints) {
        code += scaled > midpoint ? 1 : 0;
      }
      codes[i] = (byte) code;
    }
    return new ReferenceQuantization(codes, absmax, block);
  }

  /** Two codes a byte, the first in the upper half; beside an odd last one that of 0. */
  byte[] packed() {
    byte[] packed = new byte[Math.ceilDiv(codes.length, 2)];
    for (int i = 0; i < packed.length; i++) {
      int second = 2 * i + 1 < codes.length ? codes[2 * i + 1] : 7;
      packed[i] = (byte) (codes[2 * i] << 4 | second);
    }
    return packed;
  }

  /** What a code stands for. */
  float value(int i, float[] map) {
    return map[codes[i] & 0xFF] * absmax[i / block];
  }
}
