package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y = 1/√x, and 0 where x &le; 0; y may be x.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the wider type
 * y[i] = x[i] &lt;= 0 ? 0 : 1 / sqrt(x[i])
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element. 2 FLOPs each.
 *
 * @param x type of the input
 * @param y type of the output
 * @param vector elements of an access
 */
public record InverseRoot(ElementType x, ElementType y, int vector) implements Elementwise {

  /** What to launch for {@code elements} elements. */
  public static List<Launch> launches(Array x, Array y, long elements) {
    InverseRoot kernel = new InverseRoot(x.type(), y.type(), Vectors.of(x, y));
    return Elementwise.launches(
        kernel, kernel.vector, elements, x.require("x", elements), y.require("y", elements));
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer out = k.output("y", y, vector);
    Elementwise.emit(
        k, vector, place -> place.store(out, Vectors.map(place.load(in), v -> inverseRoot(k, v))));
  }

  /** What is no number stays none. */
  private static F32 inverseRoot(PtxAssembler k, F32 x) {
    F32 inverse = k.reciprocal(k.sqrt(x));
    return k.select(k.lt(x, Float.MIN_VALUE), k.constant(0f), inverse);
  }
}
