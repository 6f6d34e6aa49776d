package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.memory.StorageProvider;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.kernels.gpu.Gpu;

/** Device memory for arenas. */
final class GpuMemory implements StorageProvider {
  private final Gpu gpu;
  private final WorkQueue queue;

  GpuMemory(Gpu gpu, WorkQueue queue) {
    this.gpu = gpu;
    this.queue = queue;
  }

  /**
   * Takes device memory.
   *
   * @throws dev.sifter.kernels.gpu.OutOfDeviceMemoryException with the bytes needed and free, and
   *     the options that lower the need
   */
  @Override
  public Storage reserve(long bytes) {
    return new DeviceStorage(gpu.allocate(bytes), queue, new UploadedIntegers());
  }

  @Override
  public void release(Storage storage) {
    try {
      queue.flush();
    } finally {
      ((DeviceStorage) storage).buffer().close();
    }
  }

  @Override
  public void discard(Storage storage, long byteOffset, long bytes) {
    DeviceStorage device = (DeviceStorage) storage;
    device.integers().forget(byteOffset, bytes);
    queue.add(new Work.Discarded(device.buffer().slice(byteOffset, bytes)));
  }
}
