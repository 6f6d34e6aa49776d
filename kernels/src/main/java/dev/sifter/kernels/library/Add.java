package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * out = a + b, in fp32, rounded once to out's type; out may be a or b.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the widest type
 * out[i] = a[i] + b[i]
 * </pre>
 *
 * <p>Least bytes: one element of each type for every element. 1 FLOP each.
 *
 * @param a type of the first term
 * @param b type of the second term
 * @param out type of the sum
 * @param vector elements of an access
 */
public record Add(ElementType a, ElementType b, ElementType out, int vector)
    implements Elementwise {

  /** What to launch for {@code elements} sums. */
  public static List<Launch> launches(Array a, Array b, Array out, long elements) {
    Add kernel = new Add(a.type(), b.type(), out.type(), Vectors.of(a, b, out));
    return Elementwise.launches(
        kernel,
        kernel.vector,
        elements,
        a.require("a", elements),
        b.require("b", elements),
        out.require("out", elements));
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer left = k.output("a", a, vector);
    ElementPointer right = k.output("b", b, vector);
    ElementPointer sum = k.output("out", out, vector);
    Elementwise.emit(
        k,
        vector,
        place -> place.store(sum, Vectors.zip(place.load(left), place.load(right), k::add)));
  }
}
