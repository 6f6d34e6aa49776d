package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.Collections;
import java.util.List;

/**
 * Every element becomes the same number.
 *
 * <pre>
 * i = blockIdx.x * 256 + threadIdx.x          // a vector of 16 bytes
 * out[i] = value
 * </pre>
 *
 * <p>Least bytes: those of the array. No FLOPs.
 *
 * @param out type of the array
 * @param vector elements of an access
 */
public record Fill(ElementType out, int vector) implements Elementwise {

  /** What to launch for {@code elements} elements. */
  public static List<Launch> launches(Array out, float value, long elements) {
    Fill kernel = new Fill(out.type(), Vectors.of(out));
    return Elementwise.launches(
        kernel, kernel.vector, elements, out.require("out", elements), value);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer array = k.output("out", out, vector);
    F32 value = k.number("value");
    Elementwise.emit(
        k, vector, place -> place.store(array, Collections.nCopies(place.count(), value)));
  }
}
