package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * out = x in another type, to nearest with ties to even; NaN stays NaN. Of the same type, a copy.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the wider type
 * out[i] = (Out) x[i]
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element. No FLOPs.
 *
 * @param x type of the input
 * @param out type of the output
 * @param vector elements of an access
 */
public record Cast(ElementType x, ElementType out, int vector) implements Elementwise {

  /** What to launch for {@code elements} conversions. */
  public static List<Launch> launches(Array x, Array out, long elements) {
    Cast kernel = new Cast(x.type(), out.type(), Vectors.of(x, out));
    return Elementwise.launches(
        kernel, kernel.vector, elements, x.require("x", elements), out.require("out", elements));
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.input("x", x, vector);
    ElementPointer converted = k.output("out", out, vector);
    Elementwise.emit(k, vector, place -> place.store(converted, place.load(in)));
  }
}
