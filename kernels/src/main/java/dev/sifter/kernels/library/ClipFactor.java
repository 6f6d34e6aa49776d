package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * The factor that clips gradients by their norm, as {@code torch.nn.utils.clip_grad_norm_}, put in
 * front of the factors of {@link AdamW}; NaN if the norm is not finite, so that AdamW changes
 * nothing.
 *
 * <pre>
 * norm = sqrt(high + low)                              // of SquareSum
 * for (row = threadIdx.x; row &lt; rows; row += 32)
 *   factors[row].gradientScale = isfinite(norm) ? min(1, maxNorm / (norm + 1e-6)) : NaN
 * </pre>
 *
 * <p>So the host need not know the norm before it puts the update into the stream. A few bytes.
 */
public record ClipFactor() implements Kernel {
  private static final float EPSILON = 1e-6f;

  /**
   * What to launch.
   *
   * @param squares fp32 [2]: upper and lower part of Σ g² over all gradients
   * @param maxNorm the largest norm that passes; infinity clips nothing
   * @param factors rows of {@link AdamW.Factors#COUNT}, the first of each to be written
   * @param rows how many
   */
  public static List<Launch> launches(Array squares, float maxNorm, Array factors, int rows) {
    if (rows == 0) {
      return List.of();
    }
    DeviceSlice sums = squares.require("squares", 2);
    DeviceSlice written = factors.require("factors", (long) rows * AdamW.Factors.COUNT);
    return List.of(Launch.of(new ClipFactor(), Grid.of(1), sums, written, rows, maxNorm));
  }

  @Override
  public int threadsPerBlock() {
    return PtxAssembler.WARP;
  }

  @Override
  public void emit(PtxAssembler k) {
    GlobalPointer squares = k.pointer("squares", Float.BYTES);
    GlobalPointer factors = k.pointer("factors", Float.BYTES);
    B32 rows = k.size("rows");
    F32 maxNorm = k.number("maxNorm");
    F32 sum = k.add(k.loadFloatReadOnly(squares), k.loadFloatReadOnly(squares.plus(Float.BYTES)));
    F32 norm = k.sqrt(sum);
    F32 factor = k.div(maxNorm, k.add(norm, EPSILON));
    F32 clipped = k.select(k.lt(factor, 1f), factor, 1f);
    F32 scale = k.select(k.lt(norm, Float.POSITIVE_INFINITY), clipped, Float.NaN);
    k.forRange(
        k.threadIndex(),
        rows,
        PtxAssembler.WARP,
        row -> k.store(k.at(factors, row, AdamW.Factors.COUNT * Float.BYTES), scale));
  }
}
