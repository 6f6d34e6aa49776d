package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.ptx.ElementType;
import java.util.Arrays;

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

  /** Some of its elements, with what was put into them. */
  TrialArray part(int element, int count) {
    long bytes = (long) element * array.type().bytes();
    DeviceSlice slice = array.slice().slice(bytes, (long) count * array.type().bytes());
    float[] ofPart = values == null ? null : Arrays.copyOfRange(values, element, element + count);
    return new TrialArray(new Array(slice, array.type()), ofPart);
  }

  /** Its type. */
  public ElementType type() {
    return array.type();
  }
}
