package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Weights to NF4 (Dettmers et al., QLoRA 2023): blocks of 64 with a largest magnitude each, four
 * bits a weight.
 *
 * <pre>
 * b = blockIdx.x * 8 + warp;  w = x[64*b + 2*lane], x[64*b + 2*lane + 1]
 * a = warpMax(|w|);  s = w * (1/a)                      // a block of zeros: s = 0
 * code = number of midpoints between neighbouring codes that are below s
 * packed[32*b + lane] = code0 &lt;&lt; 4 | code1;  absmax[b] = a
 * </pre>
 *
 * <p>The order of operations is that of bitsandbytes, so are the bits. An odd last weight has the
 * code of 0 beside it. Least bytes: x read, half a byte a weight written. 32 FLOPs a weight.
 *
 * @param x type of the weights
 * @param vector weights that are loaded at once: 2, or 1
 */
public record Nf4Quantize(ElementType x, int vector) implements Kernel {
  /** Weights of a block. */
  public static final int BLOCK = 64;

  private static final int WARPS = 8;

  /**
   * What to launch.
   *
   * @param packed receives ⌈count/2⌉ bytes
   * @param absmax fp32, receives ⌈count/64⌉ numbers
   */
  public static List<Launch> launches(Array x, DeviceSlice packed, Array absmax, int count) {
    if (count == 0) {
      return List.of();
    }
    int blocks = Math.ceilDiv(count, BLOCK);
    return List.of(
        Launch.of(
            new Nf4Quantize(x.type(), count % 2 == 0 && x.isAlignedTo(2) ? 2 : 1),
            Grid.covering(blocks, WARPS),
            x.require("x", count),
            packed.require("packed", Math.ceilDiv(count, 2), 1),
            absmax.require("absmax", blocks),
            count));
  }

  @Override
  public int threadsPerBlock() {
    return WARPS * PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer weights = k.input("x", x, vector);
    GlobalPointer packed = k.pointer("packed", 1);
    GlobalPointer absmax = k.pointer("absmax", Float.BYTES);
    B32 count = k.size("count");
    B32 block = k.mad(k.blockX(), WARPS, k.warpIndex());
    B32 start = k.mul(block, BLOCK);
    k.exitIf(k.ge(start, count));
    B32 first = k.mad(k.laneIndex(), 2, start);
    ElementPointer from = k.at(k.at(weights, block, BLOCK), k.laneIndex(), 2);
    List<F32> pair = new ArrayList<>();
    for (int e = 0; e < 2; e += vector) {
      pair.addAll(k.loadIf(k.lt(k.add(first, e), count), from.plus(e), vector));
    }
    F32 w0 = pair.get(0);
    F32 w1 = pair.get(1);
    F32 largest = k.warpMax(k.max(k.abs(w0), k.abs(w1)));
    F32 inverse = Codes.inverse(k, largest);
    B32 high = code(k, k.mul(w0, inverse));
    B32 low = code(k, k.mul(w1, inverse));
    k.ifThen(
        k.lt(first, count),
        () -> {
          GlobalPointer to = k.at(k.at(packed, block, BLOCK / 2), k.laneIndex(), 1);
          k.store8(to, k.or(k.shl(high, 4), low));
        });
    k.storeIf(k.eq(k.laneIndex(), 0), k.at(absmax, block, Float.BYTES), largest);
  }

  private static B32 code(PtxAssembler k, F32 scaled) {
    B32 code = k.constant(0);
    for (float midpoint : QuantizationCodes.midpoints(QuantizationCodes.nf4())) {
      code = k.add(code, k.select(k.gt(scaled, midpoint), 1, 0));
    }
    return code;
  }
}
