package dev.sifter.kernels.gpu.emulator;

/** One memory instruction of one warp while it is carried out. A warp has one, used again. */
final class Request {
  final Warp warp;

  /** The instruction. */
  Instruction instruction;

  /** Its number within the worker's run. */
  int id;

  /** Bytes that each lane moves. */
  int laneBytes;

  /** Whether it promises that nobody writes what it reads. */
  boolean constant;

  /** Sectors of 32 bytes touched so far. */
  int sectors;

  /** The warp's time. */
  int time;

  /** Entries about accesses to shared memory below this are about accesses that are done. */
  long floor;

  Request(Warp warp) {
    this.warp = warp;
  }

  void begin(Instruction itsInstruction, int itsLaneBytes, boolean isConstant) {
    instruction = itsInstruction;
    laneBytes = itsLaneBytes;
    constant = isConstant;
    sectors = 0;
    time = warp.clock.now();
    floor = SharedMemory.entry(warp.clock.floor());
    id = warp.block.log().newRequest();
  }
}
