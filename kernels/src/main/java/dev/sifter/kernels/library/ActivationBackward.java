package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * dx (+)= dy · f′(x).
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the widest type
 * dx[i] = (accumulate ? dx[i] : 0) + dy[i] * df(x[i])
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element, dx's twice if accumulated. FLOPs
 * each, exponentials apart: 15 for SiLU, 36 for GELU, 23 by tanh, 1 or 2 for the others; 1 more if
 * accumulated.
 *
 * @param function f
 * @param dy type of the output's gradient
 * @param x type of the input
 * @param dx type of the input's gradient
 * @param accumulate whether dx is added to
 * @param vector elements of an access
 */
public record ActivationBackward(
    ActivationFunction function,
    ElementType dy,
    ElementType x,
    ElementType dx,
    boolean accumulate,
    int vector)
    implements Elementwise {

  /** What to launch for {@code elements} elements. */
  public static List<Launch> launches(
      ActivationFunction function, Array dy, Array x, boolean accumulate, Array dx, long elements) {
    ActivationBackward kernel =
        new ActivationBackward(
            function, dy.type(), x.type(), dx.type(), accumulate, Vectors.of(dy, x, dx));
    return Elementwise.launches(
        kernel,
        kernel.vector,
        elements,
        dy.require("dy", elements),
        x.require("x", elements),
        dx.require("dx", elements));
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer dOut = k.output("dy", dy, vector);
    ElementPointer in = k.output("x", x, vector);
    ElementPointer dIn = k.output("dx", dx, vector);
    Elementwise.emit(
        k,
        vector,
        place -> {
          List<F32> slopes = Vectors.map(place.load(in), v -> function.slope(k, v).derivative());
          place.store(dIn, Vectors.zip(place.load(dOut), slopes, k::mul), accumulate);
        });
  }
}
