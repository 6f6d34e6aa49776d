package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.OutOfDeviceMemoryException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Device memory.
 *
 * <p>Every allocation has an address range of a terabyte to itself. Around it nothing is valid, and
 * the upper bits of an address name its allocation, freed or not.
 */
final class GlobalMemory {
  private static final int SLOT_SHIFT = 40;
  private static final long SLOT = 1L << SLOT_SHIFT;

  /** Freed allocations that are remembered before their addresses are used again. */
  private static final int QUARANTINE = 1 << 16;

  private final long totalBytes;
  private final List<Allocation> allocations = new ArrayList<>();
  private final Deque<Integer> quarantine = new ArrayDeque<>();
  private long usedBytes;

  GlobalMemory(long totalBytes) {
    this.totalBytes = totalBytes;
  }

  long freeBytes() {
    return totalBytes - usedBytes;
  }

  Allocation allocate(long bytes) {
    if (bytes > freeBytes()) {
      throw new OutOfDeviceMemoryException(bytes, freeBytes(), totalBytes);
    }
    if (bytes > SLOT / 2) {
      throw new IllegalArgumentException("%d bytes in one piece".formatted(bytes));
    }
    boolean reuse = quarantine.size() > QUARANTINE;
    int id = reuse ? quarantine.removeFirst() : allocations.size() + 1;
    Allocation allocation = new Allocation(id, (long) id << SLOT_SHIFT, bytes);
    if (reuse) {
      allocations.set(id - 1, allocation);
    } else {
      allocations.add(allocation);
    }
    usedBytes += bytes;
    return allocation;
  }

  void free(Allocation allocation) {
    allocation.free();
    usedBytes -= allocation.bytes();
    quarantine.addLast((int) (allocation.address() >>> SLOT_SHIFT));
  }

  /** What was not freed, for people. */
  List<String> openAllocations() {
    return allocations.stream()
        .filter(allocation -> !allocation.isFreed())
        .map(Allocation::toString)
        .toList();
  }

  /** The allocation whose addresses surround {@code address}, or null if there never was one. */
  Allocation surrounding(long address) {
    long id = address + SLOT / 2 >>> SLOT_SHIFT;
    return id >= 1 && id <= allocations.size() ? allocations.get((int) id - 1) : null;
  }

  /** What is wrong with an access that leaves its allocation, or that has none. */
  String describe(long address, int bytes) {
    Allocation near = surrounding(address);
    if (near == null) {
      return "address 0x%x belongs to no buffer".formatted(address);
    }
    long offset = address - near.address();
    if (offset < 0) {
      return "%d bytes before the beginning of %s".formatted(-offset, near);
    }
    long beyond = offset + bytes - near.bytes();
    return beyond > 0
        ? "offset %d of %s, %d bytes beyond its end".formatted(offset, near, beyond)
        : "offset %d of %s".formatted(offset, near);
  }

  // The host's side. Ranges were checked by the caller.

  void write(long address, MemorySegment source) {
    eachPage(
        address,
        source.byteSize(),
        (allocation, offset, at, bytes) -> {
          Page page = allocation.page(offset);
          int place = (int) offset & Page.BYTES - 1;
          MemorySegment.copy(source, at, MemorySegment.ofArray(page.data), place, bytes);
          page.mark(place, bytes, true);
        });
  }

  void read(long address, MemorySegment target) {
    eachPage(
        address,
        target.byteSize(),
        (allocation, offset, at, bytes) -> {
          Page page = allocation.page(offset);
          int place = (int) offset & Page.BYTES - 1;
          MemorySegment.copy(MemorySegment.ofArray(page.data), place, target, at, bytes);
        });
  }

  void fill(long address, long bytes, int word) {
    eachPage(
        address,
        bytes,
        (allocation, offset, at, count) -> {
          Page page = allocation.page(offset);
          int place = (int) offset & Page.BYTES - 1;
          for (int i = 0; i < count; i++) {
            page.data[place + i] = (byte) (word >>> 8 * ((place + i) & 3));
          }
          page.mark(place, count, true);
        });
  }

  void discard(long address, long bytes) {
    eachPage(
        address,
        bytes,
        (allocation, offset, at, count) -> {
          Page page = allocation.find(offset);
          if (page != null) {
            page.mark((int) offset & Page.BYTES - 1, count, false);
          }
        });
  }

  /** Copies bytes, and with them whether they were ever written. */
  void copy(long from, long to, long bytes) {
    byte[] buffer = new byte[Page.BYTES];
    for (long done = 0; done < bytes; done += buffer.length) {
      MemorySegment part =
          MemorySegment.ofArray(buffer).asSlice(0, Math.min(buffer.length, bytes - done));
      read(from + done, part);
      write(to + done, part);
    }
    long missing = firstUninitialised(from, bytes);
    while (missing >= 0) {
      discard(to + missing, 1);
      missing = firstUninitialised(from, bytes, missing + 1);
    }
  }

  /** Offset within a range of the first byte that nothing wrote, or −1. */
  long firstUninitialised(long address, long bytes) {
    return firstUninitialised(address, bytes, 0);
  }

  /** The same, from an offset within the range on. */
  private long firstUninitialised(long address, long bytes, long start) {
    Allocation allocation = surrounding(address);
    long offset = address - allocation.address();
    for (long done = start; done < bytes; ) {
      int place = (int) (offset + done) & Page.BYTES - 1;
      int count = (int) Math.min(Page.BYTES - place, bytes - done);
      Page page = allocation.find(offset + done);
      int missing = page == null ? place : page.firstUninitialised(place, count);
      if (missing >= 0) {
        return done + missing - place;
      }
      done += count;
    }
    return -1;
  }

  private interface PageVisitor {
    void visit(Allocation allocation, long offset, long at, int bytes);
  }

  private void eachPage(long address, long bytes, PageVisitor visitor) {
    Allocation allocation = surrounding(address);
    if (allocation.isFreed()) {
      throw new IllegalStateException("captured work uses %s".formatted(allocation));
    }
    for (long done = 0; done < bytes; ) {
      long offset = address - allocation.address() + done;
      int inPage = Page.BYTES - ((int) offset & Page.BYTES - 1);
      int count = (int) Math.min(inPage, bytes - done);
      visitor.visit(allocation, offset, done, count);
      done += count;
    }
  }
}
