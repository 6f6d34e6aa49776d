package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;

/** Where launches over many tensors find what they work on. */
@FunctionalInterface
public interface TablePlace {

  /**
   * Sees to it that a table lies in device memory when the launches that are made with it run.
   *
   * @param table its bytes, in the device's order
   * @return where, at a multiple of 16 bytes
   */
  DeviceSlice put(byte[] table);
}
