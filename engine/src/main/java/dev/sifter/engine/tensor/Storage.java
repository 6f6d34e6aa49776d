package dev.sifter.engine.tensor;

import java.lang.foreign.MemorySegment;

/** Where the bytes of a tensor lie: in this process, on a device, or nowhere. */
public interface Storage {

  /** Capacity in bytes. */
  long byteSize();

  /** Off-heap or memory-mapped bytes of this process. */
  record Host(MemorySegment segment) implements Storage {
    @Override
    public long byteSize() {
      return segment.byteSize();
    }
  }

  /** A size without bytes: what the {@code dryrun} backend hands out. */
  record Virtual(long byteSize) implements Storage {}
}
