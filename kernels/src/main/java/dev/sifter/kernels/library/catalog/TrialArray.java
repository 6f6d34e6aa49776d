package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.ptx.ElementType;

/**
 * An array of a trial, with a copy of what was put into it.
 *
 * @param array on the device
 * @param values on the host, rounded to the array's type, which a longer array repeats; null if
 *     nothing was put into it
 */
public record TrialArray(Array array, float[] values) {

  /** An element of what was put in. */
  public double get(long index) {
    return values[(int) (index % values.length)];
  }

  /** What is on the device from some element on. */
  public Array from(long element) {
    long bytes = element * array.type().bytes();
    return new Array(array.slice().slice(bytes, array.slice().byteSize() - bytes), array.type());
  }

  /** Its type. */
  public ElementType type() {
    return array.type();
  }
}
