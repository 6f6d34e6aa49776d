package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.Storage;
import dev.sifter.kernels.gpu.DeviceBuffer;

/**
 * Memory of a GPU, and a copy of the whole numbers that were uploaded into it.
 *
 * @param buffer the allocation
 * @param integers row numbers, labels and positions that lie in it
 */
record DeviceStorage(DeviceBuffer buffer, UploadedIntegers integers) implements Storage {
  @Override
  public long byteSize() {
    return buffer.byteSize();
  }
}
