package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y[t, n] += bias[n].
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * y[row][c] += bias[c]
 * </pre>
 *
 * <p>Least bytes: y read and written. 1 FLOP an element.
 *
 * @param y type of the matrix
 * @param bias type of the bias
 * @param vector elements of an access
 */
public record AddBias(ElementType y, ElementType bias, int vector) implements RowTiles {

  /**
   * What to launch.
   *
   * @param y [rows, width]
   * @param bias [width]
   */
  public static List<Launch> launches(Array y, Array bias, int rows, int width) {
    AddBias kernel =
        new AddBias(y.type(), bias.type(), Vectors.ofRows(new long[] {width}, y, bias));
    return RowTiles.launches(
        kernel,
        kernel.vector,
        rows,
        width,
        y.require("y", (long) rows * width),
        bias.require("bias", width),
        width);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer matrix = k.output("y", y, vector);
    ElementPointer biases = k.input("bias", bias, vector);
    B32 stride = k.size("stride");
    RowTiles.emit(
        k,
        vector,
        place -> {
          List<F32> added = k.load(k.at(biases, place.column(), vector), vector);
          place.store(matrix, stride, Vectors.zip(place.load(matrix, stride), added, k::add));
        });
  }
}
