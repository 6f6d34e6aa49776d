package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * x = c · tanh(x / c), in place.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes
 * x[i] = c * tanh(x[i] / c)
 * </pre>
 *
 * <p>Least bytes: the array read and written. About 25 FLOPs an element.
 *
 * @param x type of the array
 * @param vector elements of an access
 */
public record Softcap(ElementType x, int vector) implements Elementwise {

  /**
   * What to launch for {@code elements} elements.
   *
   * @param softcap c
   */
  public static List<Launch> launches(Array x, float softcap, long elements) {
    Softcap kernel = new Softcap(x.type(), Vectors.of(x));
    return Elementwise.launches(
        kernel, kernel.vector, elements, x.require("x", elements), softcap, 1 / softcap);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer array = k.output("x", x, vector);
    F32 cap = k.number("softcap");
    F32 inverse = k.number("inverse");
    Elementwise.emit(
        k,
        vector,
        place ->
            place.store(
                array, Vectors.map(place.load(array), v -> k.mul(cap, k.tanh(k.mul(v, inverse))))));
  }
}
