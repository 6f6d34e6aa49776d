package dev.sifter.kernels.gpu.jcuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Plain addresses as JCuda's pointers, which are made for arrays and buffers otherwise. */
final class Addresses {
  private Addresses() {}

  /** An address of the host. */
  static final class Host extends Pointer {
    Host(long address) {
      super(address);
    }
  }

  /** An address of the device: an offset from null. */
  static final class Device extends CUdeviceptr {
    Device() {}

    Device(long address) {
      super(new CUdeviceptr(), address);
    }

    /** The address that the driver gave. */
    long value() {
      return getNativePointer() + getByteOffset();
    }
  }
}
