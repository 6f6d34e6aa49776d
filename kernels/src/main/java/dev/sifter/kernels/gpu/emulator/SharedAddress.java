package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

/** An address in shared memory as an instruction names it. */
final class SharedAddress {
  private final int plane;
  private final boolean wide;
  private final int offset;

  SharedAddress(Operation op, int operand) {
    PtxOperand.Address address = op.address(operand);
    wide = op.bits(address.base()) == 64;
    plane = wide ? op.longWord(address.base()) : op.word(address.base());
    if (address.offset() != (int) address.offset()) {
      throw op.refuse(
          "an offset of %d bytes; shared memory has 32-bit addresses", address.offset());
    }
    offset = (int) address.offset() - SharedMemory.BASE;
  }

  /**
   * The places in the block's shared memory that lanes name, by lane.
   *
   * @throws EmulatorFaultException if one is outside or not aligned
   */
  int[] places(Warp warp, Instruction instruction, int mask, int bytes) {
    int[] places = warp.places;
    if (wide) {
      long[] addresses = warp.longs[plane];
      for (int lane = 0; lane < LANES; lane++) {
        long place = addresses[lane] + offset;
        places[lane] = place == (int) place ? (int) place : -1;
      }
    } else {
      int[] addresses = warp.words[plane];
      for (int lane = 0; lane < LANES; lane++) {
        places[lane] = addresses[lane] + offset;
      }
    }
    int last = warp.block.shared().bytes() - bytes;
    int wrong = 0;
    for (int lane = 0; lane < LANES; lane++) {
      // Negative if the place or what is left behind it is, or if the place is not aligned.
      wrong |= places[lane] | last - places[lane] | -(places[lane] & bytes - 1);
    }
    if (wrong < 0) {
      check(warp, instruction, mask, bytes, last);
    }
    return places;
  }

  private static void check(Warp warp, Instruction instruction, int mask, int bytes, int last) {
    for (int left = mask; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      int place = warp.places[lane];
      if (place < 0 || place > last || (place & bytes - 1) != 0) {
        throw fault(warp, instruction, lane, place, bytes);
      }
    }
  }

  private static EmulatorFaultException fault(
      Warp warp, Instruction instruction, int lane, int place, int bytes) {
    int size = warp.block.shared().bytes();
    return place < 0 || place > size - bytes
        ? warp.laneFault(
            instruction,
            lane,
            Check.OUT_OF_BOUNDS,
            "access of %d bytes at offset %d of %d bytes of shared memory",
            bytes,
            place,
            size)
        : warp.laneFault(
            instruction,
            lane,
            Check.MISALIGNED,
            "access of %d bytes at offset %d of shared memory, which is no multiple of %d",
            bytes,
            place,
            bytes);
  }
}
