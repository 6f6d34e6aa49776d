package dev.sifter.model.weights;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The 4-bit type of QLoRA (Dettmers et al. 2023), as bitsandbytes quantises: blocks of 64
 * neighbours are divided by their largest magnitude, and each quotient becomes the nearest of 16
 * quantiles of the normal distribution.
 */
public final class Nf4 {
  /** Elements that share a scale. */
  public static final int BLOCK_SIZE = 64;

  /** Scales that share one of their own, with double quantisation. */
  public static final int NESTED_BLOCK_SIZE = 256;

  private static final float[] CODE_BOOK = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
    -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
    0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
    0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f
  };

  /** Between two neighbours of the book, as bitsandbytes' kernels have them. */
  private static final float[] MIDPOINTS = {
    -0.8480964004993439f, -0.6106329262256622f, -0.4599952697753906f, -0.33967943489551544f,
    -0.23460740596055984f, -0.13791173323988914f, -0.045525018125772476f, 0.03979014977812767f,
    0.1202552504837513f, 0.2035212516784668f, 0.2920137718319893f, 0.3893125355243683f,
    0.5016634166240692f, 0.6427869200706482f, 0.8614784181118011f
  };

  /** The code of 0, which fills up an odd number of elements. */
  private static final int ZERO = 7;

  private static final int BLOCKS_PER_TASK = 4096;

  private Nf4() {}

  /** The 16 values. */
  public static float[] codeBook() {
    return CODE_BOOK.clone();
  }

  /**
   * A quantised tensor.
   *
   * @param codes two a byte, the first in the upper half
   * @param absmax largest magnitude of each block
   */
  public record Blocks(byte[] codes, float[] absmax) {}

  /** Quantises a host tensor of a floating type, in row-major order. */
  public static Blocks quantize(Tensor tensor) {
    long elements = tensor.elements();
    byte[] codes = new byte[Math.toIntExact(Math.ceilDiv(elements, 2L))];
    float[] absmax = new float[Math.toIntExact(Math.ceilDiv(elements, (long) BLOCK_SIZE))];
    int tasks = Math.ceilDiv(absmax.length, BLOCKS_PER_TASK);
    IntStream.range(0, tasks)
        .parallel()
        .forEach(
            task -> {
              float[] block = new float[BLOCK_SIZE];
              int end = Math.min(absmax.length, (task + 1) * BLOCKS_PER_TASK);
              for (int b = task * BLOCKS_PER_TASK; b < end; b++) {
                long from = (long) b * BLOCK_SIZE;
                int count = (int) Math.min(BLOCK_SIZE, elements - from);
                HostFloats.read(tensor, from, block, count);
                absmax[b] = quantizeBlock(block, count, codes, (int) (from / 2));
              }
            });
    return new Blocks(codes, absmax);
  }

  /** Fills half of a block's bytes; returns the block's largest magnitude. */
  private static float quantizeBlock(float[] block, int count, byte[] codes, int at) {
    float absmax = 0;
    for (int i = 0; i < count; i++) {
      absmax = Math.max(absmax, Math.abs(block[i]));
    }
    float inverse = 1 / Math.max(absmax, 1e-38f);
    for (int i = 0; i < count; i += 2) {
      int first = code(block[i] * inverse);
      int second = i + 1 < count ? code(block[i + 1] * inverse) : ZERO;
      codes[at + i / 2] = (byte) (first << 4 | second);
    }
    return absmax;
  }

  private static int code(float scaled) {
    return nearest(Math.clamp(scaled, -1, 1), MIDPOINTS);
  }

  /** How many midpoints lie strictly below: a tie goes to the lower code. */
  static int nearest(float value, float[] midpoints) {
    int low = 0;
    int high = midpoints.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (midpoints[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The type that bitsandbytes unpacks a weight of this type to. */
  public static DType unpackedAs(DType stored) {
    return stored == DType.F64 ? DType.F32 : stored;
  }

  /**
   * Scales in 8 bits.
   *
   * @param codes one a scale
   * @param absmax one a block of {@link #NESTED_BLOCK_SIZE} scales
   * @param offset the scales' mean
   */
  public record NestedScales(byte[] codes, float[] absmax, float offset) {}

  /** Quantises scales once more, less their mean, by {@link DynamicMap}. */
  public static NestedScales nest(float[] scales) {
    double sum = 0;
    for (float scale : scales) {
      sum += scale;
    }
    float offset = (float) (sum / scales.length);
    byte[] codes = new byte[scales.length];
    float[] absmax = new float[Math.ceilDiv(scales.length, NESTED_BLOCK_SIZE)];
    for (int block = 0; block < absmax.length; block++) {
      int from = block * NESTED_BLOCK_SIZE;
      float[] values =
          Arrays.copyOfRange(scales, from, Math.min(from + NESTED_BLOCK_SIZE, scales.length));
      for (int i = 0; i < values.length; i++) {
        values[i] -= offset;
      }
      absmax[block] = DynamicMap.SIGNED.quantizeBlock(values, codes, from);
    }
    return new NestedScales(codes, absmax, offset);
  }
}
