package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * y = f(x).
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the wider type
 * y[i] = f(x[i])
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element. FLOPs each, exponentials apart: 12
 * for SiLU, 33 for GELU, 17 by tanh, 1 or none for the others.
 *
 * @param function f
 * @param x type of the input
 * @param y type of the output
 * @param vector elements of an access
 */
public record Activation(ActivationFunction function, ElementType x, ElementType y, int vector)
    implements Elementwise {

  /** What to launch for {@code elements} elements. */
  public static List<Launch> launches(
      ActivationFunction function, Array x, Array y, long elements) {
    Activation kernel = new Activation(function, x.type(), y.type(), Vectors.of(x, y));
    return Elementwise.launches(
        kernel, kernel.vector, elements, x.require("x", elements), y.require("y", elements));
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer out = k.output("y", y, vector);
    Elementwise.emit(
        k,
        vector,
        place -> place.store(out, Vectors.map(place.load(in), v -> function.slope(k, v).value())));
  }
}
