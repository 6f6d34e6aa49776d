package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.ToWord;

/** The bit operations with four operands: {@code lop3} and {@code bfi}. */
final class BitFieldOps {
  private BitFieldOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return switch (op.mnemonic()) {
      case "lop3.b32" -> new Lop3(op);
      case "bfi.b32" -> new Insert(op);
      default -> null;
    };
  }

  /** Any function of three bits, given by its truth table for 0xf0, 0xcc and 0xaa. */
  private static final class Lop3 extends ToWord {
    private final int first;
    private final int second;
    private final int third;
    private final int table;

    Lop3(Operation op) {
      super(op);
      first = op.word(1);
      second = op.word(2);
      third = op.word(3);
      table = op.constant(4) & 0xff;
    }

    @Override
    void execute(Warp warp, int mask) {
      int[] d = target(warp);
      int[] a = warp.words[first];
      int[] b = warp.words[second];
      int[] c = warp.words[third];
      for (int i = 0; i < LANES; i++) {
        d[i] = lookup(a[i], b[i], c[i], table);
      }
    }

    private static int lookup(int a, int b, int c, int table) {
      int result = 0;
      for (int term = 0; term < 8; term++) {
        if ((table >>> term & 1) != 0) {
          result |=
              ((term & 4) != 0 ? a : ~a) & ((term & 2) != 0 ? b : ~b) & ((term & 1) != 0 ? c : ~c);
        }
      }
      return result;
    }
  }

  /** Puts the low bits of one number into another. */
  private static final class Insert extends ToWord {
    private final int field;
    private final int into;
    private final int position;
    private final int length;

    Insert(Operation op) {
      super(op);
      field = op.word(1);
      into = op.word(2);
      position = op.word(3);
      length = op.word(4);
    }

    @Override
    void execute(Warp warp, int mask) {
      int[] d = target(warp);
      int[] a = warp.words[field];
      int[] b = warp.words[into];
      int[] p = warp.words[position];
      int[] n = warp.words[length];
      for (int i = 0; i < LANES; i++) {
        d[i] = insert(a[i], b[i], p[i] & 0xff, n[i] & 0xff);
      }
    }

    private static int insert(int field, int into, int position, int length) {
      if (position > 31 || length == 0) {
        return into;
      }
      int bits = (length > 31 ? -1 : (1 << length) - 1) << position;
      return field << position & bits | into & ~bits;
    }
  }
}
