package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * Fp32 numbers to eight bits (Dettmers et al. 2022): blocks of 256 with a largest magnitude each.
 * Optionally of their distance to their mean: the second quantisation of NF4's magnitudes.
 *
 * <pre>
 * b = blockIdx.x;  i = 256*b + threadIdx.x;  v = x[i] - (centred ? (sum[0] + sum[1]) / count : 0)
 * a = blockMax(|v|);  codes[i] = number of midpoints below v * (1/a);  absmax[b] = a
 * </pre>
 *
 * <p>Least bytes: x read, one byte a number written. About 20 FLOPs a number.
 *
 * @param centred whether the mean is taken away
 */
public record Int8Quantize(boolean centred) implements Kernel {
  /** Numbers of a block. */
  public static final int BLOCK = 256;

  /**
   * What to launch.
   *
   * @param x fp32 [count]
   * @param midpoints fp32 [255], and one more that is not used
   * @param codes receives count bytes
   * @param absmax fp32, receives ⌈count/256⌉ numbers
   * @param sum Σ x of {@link PairSum}, fp32 [2], or null
   * @param mean fp32 [1], receives the mean that is taken away; null without {@code sum}
   */
  public static List<Launch> launches(
      Array x, Array midpoints, DeviceSlice codes, Array absmax, Array sum, Array mean, int count) {
    if (count == 0) {
      return List.of();
    }
    int blocks = Math.ceilDiv(count, BLOCK);
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                x.require("x", count),
                midpoints.require("midpoints", Codes.EIGHT_BIT),
                codes.require("codes", count, 1),
                absmax.require("absmax", blocks)));
    if (sum != null) {
      arguments.add(sum.require("sum", 2));
      arguments.add(mean.require("mean", 1));
    }
    arguments.add(count);
    return List.of(new Launch(new Int8Quantize(sum != null), Grid.of(blocks), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return BLOCK;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer numbers = k.pointer("x", Float.BYTES);
    GlobalPointer midpoints = k.pointer("midpoints", Float.BYTES);
    GlobalPointer codes = k.pointer("codes", 1);
    GlobalPointer absmax = k.pointer("absmax", Float.BYTES);
    GlobalPointer sum = centred ? k.pointer("sum", Float.BYTES) : null;
    GlobalPointer means = centred ? k.pointer("mean", Float.BYTES) : null;
    B32 count = k.size("count");
    F32 mean = centred ? mean(k, sum, count) : null;
    SharedPointer tree = Codes.copyTree(k, midpoints, BLOCK);
    B32 index = k.mad(k.blockX(), BLOCK, k.threadIndex());
    Pred inside = k.lt(index, count);
    F32 value = k.variable(0f);
    k.ifThen(
        inside,
        () -> {
          F32 number = k.loadFloatReadOnly(k.at(numbers, index, Float.BYTES));
          k.assign(value, centred ? k.sub(number, mean) : number);
        });
    // The reduction's barrier is the tree's too.
    F32 largest = k.blockMax(k.abs(value));
    B32 code = Codes.nearest(k, tree, k.mul(value, Codes.inverse(k, largest)));
    k.ifThen(inside, () -> k.store8(k.at(codes, index, 1), code));
    Pred first = k.eq(k.threadIndex(), 0);
    k.storeIf(first, k.at(absmax, k.blockX(), Float.BYTES), largest);
    if (centred) {
      k.storeIf(k.and(first, k.eq(k.blockX(), 0)), means, mean);
    }
  }

  /** (high + low) / count, rounded once: what the division of the upper part leaves is added. */
  private static F32 mean(PtxAssembler k, GlobalPointer sum, B32 count) {
    F32 high = k.loadFloatReadOnly(sum);
    F32 low = k.loadFloatReadOnly(sum.plus(Float.BYTES));
    F32 n = k.toFloat(count);
    F32 quotient = k.div(high, n);
    F32 rest = k.fma(k.neg(quotient), n, high);
    return k.add(quotient, k.div(k.add(rest, low), n));
  }
}
