package dev.sifter.kernels.gpu.emulator;

/**
 * Device memory that was taken in one piece. Pages come into being as they are written, so that an
 * allocation of many gigabytes costs nothing until it is used.
 */
final class Allocation {
  private final int id;
  private final long address;
  private final long bytes;
  private Page[] pages;
  private volatile boolean freed;

  Allocation(int id, long address, long bytes) {
    this.id = id;
    this.address = address;
    this.bytes = bytes;
    pages = new Page[Math.toIntExact(bytes + Page.BYTES - 1 >> Page.SHIFT)];
  }

  long address() {
    return address;
  }

  long bytes() {
    return bytes;
  }

  boolean isFreed() {
    return freed;
  }

  /** Gives the memory back; the address stays known, so that later use is found. */
  void free() {
    freed = true;
    pages = new Page[0];
  }

  /** The page at {@code offset}, or null if nothing was written there yet. */
  Page find(long offset) {
    return pages[(int) (offset >>> Page.SHIFT)];
  }

  /** The page at {@code offset}, made if need be. */
  Page page(long offset) {
    int index = (int) (offset >>> Page.SHIFT);
    Page page = pages[index];
    return page != null ? page : makePage(index);
  }

  private synchronized Page makePage(int index) {
    if (pages[index] == null) {
      pages[index] = new Page(limit((long) index << Page.SHIFT));
    }
    return pages[index];
  }

  /** Bytes of the page at {@code offset} that belong to the allocation. */
  int limit(long offset) {
    return (int) Math.min(Page.BYTES, bytes - (offset & -Page.BYTES));
  }

  @Override
  public String toString() {
    return "buffer #%d (%d bytes%s)".formatted(id, bytes, freed ? ", freed" : "");
  }
}
