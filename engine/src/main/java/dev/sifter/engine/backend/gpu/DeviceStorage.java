package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.tensor.Storage;
import dev.sifter.kernels.gpu.DeviceBuffer;
import java.lang.foreign.MemorySegment;

/**
 * Memory of a GPU, and a copy of the whole numbers that were uploaded into it.
 *
 * @param buffer the allocation
 * @param queue where all work on it goes
 * @param integers row numbers, labels and positions that lie in it
 */
record DeviceStorage(DeviceBuffer buffer, WorkQueue queue, UploadedIntegers integers)
    implements Storage {
  @Override
  public long byteSize() {
    return buffer.byteSize();
  }

  @Override
  public void read(long byteOffset, MemorySegment target) {
    queue.read(buffer.slice(byteOffset, target.byteSize()), target);
  }
}
