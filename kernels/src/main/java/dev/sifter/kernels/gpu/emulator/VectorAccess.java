package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import java.util.Arrays;
import java.util.List;

/** Moves what a load or store names between registers and memory. */
final class VectorAccess {

  /** How an element lies in memory and in its register. */
  private enum Element {
    U8(1),
    S8(1),
    U16(2),
    S16(2),
    B32(4),
    B64(8);

    private final int bytes;

    Element(int bytes) {
      this.bytes = bytes;
    }

    static Element of(Operation op) {
      return switch (op.takeType(
          "u8", "b8", "s8", "u16", "b16", "s16", "u32", "s32", "b32", "f32", "u64", "s64", "b64")) {
        case "u8", "b8" -> U8;
        case "s8" -> S8;
        case "u16", "b16" -> U16;
        case "s16" -> S16;
        case "u64", "s64", "b64" -> B64;
        default -> B32;
      };
    }
  }

  private final Element element;
  private final int[] planes;
  private final int laneBytes;

  /**
   * Takes type and vector length, the last that may be left of the modifiers.
   *
   * @param operand the registers' place among the operands
   */
  VectorAccess(Operation op, int operand, boolean isLoad) {
    element = Element.of(op);
    int count = op.take("v4") ? 4 : op.take("v2") ? 2 : 1;
    laneBytes = count * element.bytes;
    if (laneBytes > 16) {
      throw op.refuse("%d bytes a lane; 16 are the most", laneBytes);
    }
    op.requireNoMoreModifiers();
    List<PtxOperand> registers = op.group(operand, count);
    planes = new int[count];
    for (int i = 0; i < count; i++) {
      planes[i] = plane(op, registers.get(i), isLoad);
    }
  }

  private int plane(Operation op, PtxOperand register, boolean isLoad) {
    if (element == Element.B64) {
      return isLoad ? op.longTarget(register) : op.longWord(register);
    }
    if (element == Element.B32 && op.bits(register) == 16) {
      throw op.refuse("a 32-bit register is needed for 32 bits");
    }
    return isLoad ? op.wordTarget(register) : op.word(register);
  }

  /** Bytes that a lane moves. */
  int laneBytes() {
    return laneBytes;
  }

  /** Whether a 64-bit register is among those that are moved. */
  boolean usesLong(int plane) {
    return element == Element.B64 && Arrays.stream(planes).anyMatch(used -> used == plane);
  }

  /** Loads lane after lane from consecutive places. */
  void loadAll(Warp warp, byte[] data, int at) {
    if (element == Element.B32) {
      for (int k = 0; k < planes.length; k++) {
        loadWords(warp.words[planes[k]], data, at + Integer.BYTES * k, laneBytes);
      }
    } else {
      for (int lane = 0; lane < LANES; lane++) {
        load(warp, lane, data, at + lane * laneBytes);
      }
    }
  }

  private static void loadWords(int[] plane, byte[] data, int at, int stride) {
    int place = at;
    for (int lane = 0; lane < LANES; lane++) {
      plane[lane] = (int) Bytes.INT.get(data, place);
      place += stride;
    }
  }

  /** Stores lane after lane to consecutive places. */
  void storeAll(Warp warp, byte[] data, int at) {
    if (element == Element.B32) {
      for (int k = 0; k < planes.length; k++) {
        storeWords(warp.words[planes[k]], data, at + Integer.BYTES * k, laneBytes);
      }
    } else {
      for (int lane = 0; lane < LANES; lane++) {
        store(warp, lane, data, at + lane * laneBytes);
      }
    }
  }

  private static void storeWords(int[] plane, byte[] data, int at, int stride) {
    int place = at;
    for (int lane = 0; lane < LANES; lane++) {
      Bytes.INT.set(data, place, plane[lane]);
      place += stride;
    }
  }

  /** Loads some lanes from places of one array. */
  void loadSome(Warp warp, int mask, byte[] data, int[] places) {
    if (element == Element.B32) {
      for (int k = 0; k < planes.length; k++) {
        int[] plane = warp.words[planes[k]];
        int plus = Integer.BYTES * k;
        for (int left = mask; left != 0; left &= left - 1) {
          int lane = Integer.numberOfTrailingZeros(left);
          plane[lane] = (int) Bytes.INT.get(data, places[lane] + plus);
        }
      }
    } else {
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        load(warp, lane, data, places[lane]);
      }
    }
  }

  /** Stores some lanes to places of one array. */
  void storeSome(Warp warp, int mask, byte[] data, int[] places) {
    for (int left = mask; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      store(warp, lane, data, places[lane]);
    }
  }

  /** Loads one lane. */
  void load(Warp warp, int lane, byte[] data, int at) {
    int place = at;
    for (int plane : planes) {
      switch (element) {
        case U8 -> warp.words[plane][lane] = data[place] & 0xff;
        case S8 -> warp.words[plane][lane] = data[place];
        case U16 -> warp.words[plane][lane] = (short) Bytes.SHORT.get(data, place) & 0xffff;
        case S16 -> warp.words[plane][lane] = (short) Bytes.SHORT.get(data, place);
        case B32 -> warp.words[plane][lane] = (int) Bytes.INT.get(data, place);
        case B64 -> warp.longs[plane][lane] = (long) Bytes.LONG.get(data, place);
      }
      place += element.bytes;
    }
  }

  /** Stores one lane. */
  void store(Warp warp, int lane, byte[] data, int at) {
    int place = at;
    for (int plane : planes) {
      switch (element) {
        case U8, S8 -> data[place] = (byte) warp.words[plane][lane];
        case U16, S16 -> Bytes.SHORT.set(data, place, (short) warp.words[plane][lane]);
        case B32 -> Bytes.INT.set(data, place, warp.words[plane][lane]);
        case B64 -> Bytes.LONG.set(data, place, warp.longs[plane][lane]);
      }
      place += element.bytes;
    }
  }

  /** Whether a store of this lane would leave the bytes as they are. */
  boolean holds(Warp warp, int lane, byte[] data, int at) {
    byte[] stored = new byte[laneBytes];
    store(warp, lane, stored, 0);
    return Arrays.equals(stored, 0, laneBytes, data, at, at + laneBytes);
  }
}
