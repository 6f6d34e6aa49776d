package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * out = factor · x, in fp32, rounded once to out's type; out may be x.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the widest type
 * out[i] = factor * x[i]
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element. 1 FLOP each.
 *
 * @param x type of the input
 * @param out type of the output
 * @param vector elements of an access
 */
public record Scale(ElementType x, ElementType out, int vector) implements Elementwise {

  /** What to launch for {@code elements} products. */
  public static List<Launch> launches(Array x, float factor, Array out, long elements) {
    Scale kernel = new Scale(x.type(), out.type(), Vectors.of(x, out));
    return Elementwise.launches(
        kernel,
        kernel.vector,
        elements,
        x.require("x", elements),
        out.require("out", elements),
        factor);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer in = k.output("x", x, vector);
    ElementPointer scaled = k.output("out", out, vector);
    F32 factor = k.number("factor");
    Elementwise.emit(
        k,
        vector,
        place -> place.store(scaled, Vectors.map(place.load(in), v -> k.mul(v, factor))));
  }
}
