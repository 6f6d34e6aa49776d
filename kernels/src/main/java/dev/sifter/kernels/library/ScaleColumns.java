package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y[t, n] (+)= x[t, n] · factors[n]; y may be x unless accumulated.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * y[row][c] = (accumulate ? y[row][c] : 0) + x[row][c] * factors[c]
 * </pre>
 *
 * <p>Least bytes: x read and y written (y read too if accumulated). 1 FLOP an element, 2 if
 * accumulated.
 *
 * @param x type of the input
 * @param factors type of the factors
 * @param y type of the output
 * @param accumulate whether y is added to
 * @param vector elements of an access
 */
public record ScaleColumns(
    ElementType x, ElementType factors, ElementType y, boolean accumulate, int vector)
    implements RowTiles {

  /**
   * What to launch.
   *
   * @param x [rows, width]
   * @param factors [width]
   * @param y [rows, width]
   */
  public static List<Launch> launches(
      Array x, Array factors, boolean accumulate, Array y, int rows, int width) {
    ScaleColumns kernel =
        new ScaleColumns(
            x.type(),
            factors.type(),
            y.type(),
            accumulate,
            Vectors.ofRows(new long[] {width}, x, factors, y));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        rows,
        width,
        x.require("x", (long) rows * width),
        factors.require("factors", width),
        y.require("y", (long) rows * width),
        width);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer scales = k.input("factors", factors, vector);
    ElementPointer out = k.output("y", y, vector);
    B32 stride = k.size("stride");
    RowTiles.emit(
        k,
        vector,
        place -> {
          List<F32> f = k.load(k.at(scales, place.column(), vector), vector);
          List<F32> scaled = Vectors.zip(place.load(in, stride), f, k::mul);
          place.store(
              out,
              stride,
              accumulate ? Vectors.zip(place.load(out, stride), scaled, k::add) : scaled);
        });
  }
}
