package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.QuantizationCodes;
import dev.sifter.kernels.library.QuantizedGemv;
import dev.sifter.kernels.library.QuantizedMatrix;
import dev.sifter.kernels.library.QuantizedMatrix.NestedScales;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** Products with weights in four bits. */
final class QuantizedProductTrials {
  private static final int BLOCK = 64;
  private static final int NESTED_BLOCK = 256;
  private static final float OFFSET = 0.25f;
  private static final float ALPHA = 0.5f;

  private static final Tolerance SUMS =
      new Tolerance(0, 8e-6, "fp32 sums of up to 4096 products of both signs");

  private QuantizedProductTrials() {}

  static List<KernelEntry> all() {
    return List.of(
        new KernelEntry(
            "gemv-nf4",
            "C = α·A·Wᵀ + β·C for up to 8 rows of A, W in NF4: a linear layer of decoding",
            join(
                List.of(
                    trial(1, 40, 576, 0, BF16, BF16, BF16, true, 0),
                    trial(1, 9, 4096, 0, BF16, F32, F32, false, 0),
                    trial(8, 33, 72, 8, F32, F32, F32, true, 2),
                    trial(3, 1, 8, 0, F32, F32, BF16, false, 0),
                    trial(2, 17, 1032, 64, BF16, BF16, BF16, false, 2)),
                each(HIDDEN_SIZES, terms -> trial(1, 9, terms, 0, BF16, BF16, BF16, true, 0)),
                each(TOKENS, n -> trial(2, n, 64, 0, BF16, F32, BF16, true, 0))),
            trial(1, 4096, 14336, 0, BF16, BF16, F32, true, 0)));
  }

  private static KernelTrial trial(
      int rows,
      int n,
      int terms,
      int border,
      ElementType typeA,
      ElementType typeC,
      ElementType weights,
      boolean nested,
      float beta) {
    return new KernelTrial(
        "%d×%d of %d terms, %s by NF4 rounded to %s, to %s, β = %s, scales in %s"
            .formatted(rows, n, terms, typeA, weights, typeC, beta, nested ? "eight bits" : "fp32"),
        memory -> {
          int strideA = terms + border;
          TrialArray a = memory.normal(typeA, (long) rows * strideA);
          Weights w = Weights.of(memory, n, terms, nested);
          TrialArray c = memory.normal(typeC, (long) rows * n);
          long blocks = Math.ceilDiv((long) n * terms, BLOCK);
          return new Trial(
                  QuantizedGemv.launches(
                      rows, a.array(), strideA, w.matrix, weights, ALPHA, beta, c.array(), n))
              .expect(
                  "C",
                  c,
                  i -> {
                    double sum = 0;
                    for (int t = 0; t < terms; t++) {
                      float weight = w.get(i % n * terms + t);
                      sum += a.get((long) i / n * strideA + t) * Elements.rounded(weights, weight);
                    }
                    return ALPHA * sum + (beta == 0 ? 0 : beta * c.get(i));
                  },
                  SUMS)
              .work(
                  (long) n * terms / 2
                      + (nested ? blocks + 4 * Math.ceilDiv(blocks, NESTED_BLOCK) : 4 * blocks)
                      + (long) rows * terms * typeA.bytes()
                      + (long) rows * n * typeC.bytes() * (beta == 0 ? 1 : 2),
                  2.0 * rows * n * terms)
              // A by every row of W; fp32 scales twice, since a warp's words have four of eight.
              .rereads((n - 1L) * rows * terms * typeA.bytes() + (nested ? 0 : 4 * blocks));
        });
  }

  /** Random codes and scales, on the device and here. */
  private record Weights(QuantizedMatrix matrix, byte[] packed, float[] scales) {

    static Weights of(TrialMemory memory, int rows, int width, boolean nested) {
      int blocks = Math.ceilDiv(rows * width, BLOCK);
      byte[] packed = bytes(memory, rows * width / 2);
      byte[] codes = nested ? bytes(memory, blocks) : null;
      TrialArray scales = memory.uniform(F32, nested ? Math.ceilDiv(blocks, NESTED_BLOCK) : blocks);
      float[] map = QuantizationCodes.signed8();
      NestedScales inner =
          nested
              ? new NestedScales(
                  memory.bytes(codes), book(memory, map), scales.array(), NESTED_BLOCK, OFFSET)
              : null;
      float[] ofBlocks = new float[blocks];
      for (int b = 0; b < blocks && scales.values() != null; b++) {
        ofBlocks[b] =
            nested
                ? map[codes[b] & 0xFF] * (float) scales.get(b / NESTED_BLOCK) + OFFSET
                : (float) scales.get(b);
      }
      QuantizedMatrix matrix =
          new QuantizedMatrix(
              rows,
              width,
              memory.bytes(packed),
              book(memory, QuantizationCodes.nf4()),
              BLOCK,
              nested ? null : scales.array(),
              inner);
      return new Weights(matrix, packed, ofBlocks);
    }

    private static byte[] bytes(TrialMemory memory, int count) {
      int[] random = memory.randomIntegers(count, 256);
      byte[] bytes = new byte[count];
      for (int i = 0; i < count; i++) {
        bytes[i] = (byte) random[i];
      }
      return bytes;
    }

    private static Array book(TrialMemory memory, float[] book) {
      return memory.of(F32, book.length, i -> book[i]).array();
    }

    /** A weight, as its code times its scale. */
    float get(int index) {
      int code = packed[index / 2] >> (index % 2 == 0 ? 4 : 0) & 0xF;
      return QuantizationCodes.nf4()[code] * scales[index / BLOCK];
    }
  }
}
