package dev.sifter.engine.tensor;

import java.lang.foreign.MemorySegment;

/** Where the bytes of a tensor lie: in this process, on a device, or nowhere. */
public interface Storage {

  /** Capacity in bytes. */
  long byteSize();

  /**
   * Copies bytes from {@code byteOffset} on to host memory, as many as it holds; waits for kernels
   * that still write them.
   */
  void read(long byteOffset, MemorySegment target);

  /** Off-heap or memory-mapped bytes of this process. */
  record Host(MemorySegment segment) implements Storage {
    @Override
    public long byteSize() {
      return segment.byteSize();
    }

    @Override
    public void read(long byteOffset, MemorySegment target) {
      target.copyFrom(segment.asSlice(byteOffset, target.byteSize()));
    }
  }

  /** A size without bytes: what the {@code dryrun} backend hands out. It reads as zeros. */
  record Virtual(long byteSize) implements Storage {
    @Override
    public void read(long byteOffset, MemorySegment target) {
      target.fill((byte) 0);
    }
  }
}
