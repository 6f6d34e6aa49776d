package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.ElementType;

/**
 * Numbers in device memory.
 *
 * @param slice where they lie
 * @param type how
 */
public record Array(DeviceSlice slice, ElementType type) {

  /** Whole elements in it. */
  public long elements() {
    return slice.byteSize() / type.bytes();
  }

  /** Some of its bytes, as an array of the same type. */
  Array part(long byteOffset, long bytes) {
    return new Array(slice.slice(byteOffset, bytes), type);
  }

  /** Whether vectors of so many elements may begin at the first one. */
  boolean isAlignedTo(int vector) {
    return slice.address() % ((long) vector * type.bytes()) == 0;
  }

  /**
   * Refuses an array that is too short.
   *
   * @throws IllegalArgumentException naming {@code what}, the bytes needed and those there
   */
  DeviceSlice require(String what, long elements) {
    return slice.require(what, elements * type.bytes(), type.bytes());
  }
}
