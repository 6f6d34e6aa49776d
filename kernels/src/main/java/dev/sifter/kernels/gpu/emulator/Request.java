package dev.sifter.kernels.gpu.emulator;

/** One memory instruction of one warp while it is carried out. A warp has one, used again. */
final class Request {
  final Warp warp;

  /** The instruction. */
  Instruction instruction;

  /** Its number within the worker's run. */
  int id;

  /** Whether it promises that nobody writes what it reads. */
  boolean constant;

  /** Whether lanes write to one place. */
  boolean overwrites;

  /** Sectors of 32 bytes touched so far. */
  int sectors;

  /** The {@link SharedEntry} of its accesses to shared memory; the lane is to be added. */
  long entry;

  /** Entries about accesses to shared memory below this are about accesses that are done. */
  long floor;

  private long[] addresses;
  private long offset;
  private int laneBytes;
  private int mask;

  Request(Warp warp) {
    this.warp = warp;
  }

  void begin(Instruction itsInstruction) {
    instruction = itsInstruction;
    constant = false;
    overwrites = false;
    sectors = 0;
    entry = SharedEntry.of(warp.clock.now(), instruction, warp);
    floor = SharedEntry.ofTime(warp.clock.floor());
    id = warp.block.log().newRequest();
  }

  /** Says where in global memory each lane goes, so that a fault can name its lane. */
  void goesTo(long[] lanes, long plus, int bytes, int itsMask) {
    addresses = lanes;
    offset = plus;
    laneBytes = bytes;
    mask = itsMask;
  }

  /** The first lane that uses a byte of global memory. */
  int laneOf(long address) {
    for (int left = mask; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      long first = addresses[lane] + offset;
      if (address >= first && address < first + laneBytes) {
        return lane;
      }
    }
    throw new IllegalStateException("no lane uses address 0x%x".formatted(address));
  }

  int laneBytes() {
    return laneBytes;
  }
}
