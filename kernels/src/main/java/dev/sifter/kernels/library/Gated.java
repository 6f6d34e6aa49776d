package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y = f(gate) · up: SwiGLU with f = SiLU, GeGLU with GELU (Shazeer 2020).
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * y[row][c] = f(gate[row][c]) * up[row][c]
 * </pre>
 *
 * <p>Rows may be apart: gate and up may be the two halves of one matrix, and y the left part of a
 * wider one. Least bytes: gate and up read, y written. FLOPs an element: those of {@link
 * Activation} and 1.
 *
 * @param function f
 * @param in type of gate and up
 * @param y type of the output
 * @param vector elements of an access
 */
public record Gated(ActivationFunction function, ElementType in, ElementType y, int vector)
    implements RowTiles {

  /**
   * What to launch for {@code rows} rows of {@code width} elements.
   *
   * @param inStride elements from one row of gate, and of up, to the next
   * @param yStride elements from one row of y to the next
   */
  public static List<Launch> launches(
      ActivationFunction function,
      Array gate,
      Array up,
      int inStride,
      Array y,
      int yStride,
      int rows,
      int width) {
    Types.requireSame("gate", gate, "up", up);
    Strides.require("gate and up", inStride, width);
    Strides.require("y", yStride, width);
    long[] widths = {width, inStride, yStride};
    Gated kernel = new Gated(function, gate.type(), y.type(), Vectors.ofRows(widths, gate, up, y));
    long elements = Strides.elements(rows, inStride, width);
    return RowTiles.launches(
        kernel,
        kernel.vector,
        rows,
        width,
        gate.require("gate", elements),
        up.require("up", elements),
        y.require("y", Strides.elements(rows, yStride, width)),
        inStride,
        yStride);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer gate = k.output("gate", in, vector);
    ElementPointer up = k.output("up", in, vector);
    ElementPointer out = k.output("y", y, vector);
    B32 inStride = k.size("inStride");
    B32 yStride = k.size("yStride");
    RowTiles.emit(
        k,
        vector,
        place ->
            place.store(
                out,
                yStride,
                Vectors.zip(
                    place.load(gate, inStride),
                    place.load(up, inStride),
                    (g, u) -> k.mul(function.slope(k, g).value(), u))));
  }
}
