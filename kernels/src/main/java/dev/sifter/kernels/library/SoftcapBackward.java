package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.List;

/**
 * dx = dy · (1 − (y/c)²) for y = c · tanh(x/c), in place of dy.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes of the wider type
 * r = y[i] / c;  dy[i] = dy[i] * (1 - r*r)
 * </pre>
 *
 * <p>Least bytes: y read, dy read and written. 4 FLOPs an element.
 *
 * @param dy type of the gradient
 * @param y type of the capped values
 * @param vector elements of an access
 */
public record SoftcapBackward(ElementType dy, ElementType y, int vector) implements Elementwise {

  /**
   * What to launch for {@code elements} elements.
   *
   * @param softcap c
   */
  public static List<Launch> launches(Array dy, Array y, float softcap, long elements) {
    SoftcapBackward kernel = new SoftcapBackward(dy.type(), y.type(), Vectors.of(dy, y));
    return Elementwise.launches(
        kernel,
        kernel.vector,
        elements,
        dy.require("dy", elements),
        y.require("y", elements),
        1 / softcap);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer gradient = k.output("dy", dy, vector);
    ElementPointer capped = k.input("y", y, vector);
    F32 inverse = k.number("inverse");
    Elementwise.emit(
        k,
        vector,
        place -> {
          List<F32> slopes =
              Vectors.map(
                  place.load(capped),
                  v -> {
                    F32 ratio = k.mul(v, inverse);
                    return k.fma(k.neg(ratio), ratio, 1f);
                  });
          place.store(gradient, Vectors.zip(place.load(gradient), slopes, k::mul));
        });
  }
}
