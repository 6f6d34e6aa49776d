package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordTernary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;

/** Logic and bit fields of 32 bits. A shift by 32 or more leaves zeros or signs. */
final class BitOps {
  private static final DecoderGroups GROUPS =
      DecoderGroups.of(BitOps::logic, BitOps::shift, BitOps::count, BitOps::field);

  private BitOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return GROUPS.decode(op);
  }

  private static Instruction logic(Operation op) {
    return switch (op.mnemonic()) {
      case "and.b32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & b[i];
              }
            }
          };
      case "or.b32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] | b[i];
              }
            }
          };
      case "xor.b32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ b[i];
              }
            }
          };
      case "not.b32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = ~a[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction shift(Operation op) {
    return switch (op.mnemonic()) {
      case "shl.b32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~31) != 0 ? 0 : a[i] << b[i];
              }
            }
          };
      case "shr.b32", "shr.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~31) != 0 ? 0 : a[i] >>> b[i];
              }
            }
          };
      case "shr.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] >> ((b[i] & ~31) != 0 ? 31 : b[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction count(Operation op) {
    return switch (op.mnemonic()) {
      case "popc.b32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Integer.bitCount(a[i]);
              }
            }
          };
      case "clz.b32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Integer.numberOfLeadingZeros(a[i]);
              }
            }
          };
      case "brev.b32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Integer.reverse(a[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction field(Operation op) {
    return switch (op.mnemonic()) {
      case "bfe.u32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = extract(a[i], b[i] & 0xff, c[i] & 0xff);
              }
            }
          };
      case "bfe.s32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = extractSigned(a[i], b[i] & 0xff, c[i] & 0xff);
              }
            }
          };
      case "prmt.b32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = permute(a[i], b[i], c[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static int extract(int value, int position, int length) {
    if (position > 31 || length == 0) {
      return 0;
    }
    int shifted = value >>> position;
    return length > 31 ? shifted : shifted & (1 << length) - 1;
  }

  /** The field with its sign, which is the value's own where the field reaches beyond it. */
  private static int extractSigned(int value, int position, int length) {
    if (length == 0) {
      return 0;
    }
    int top = Math.min(31, position + length - 1);
    return value << 31 - top >> Math.min(31, 31 - top + position);
  }

  /** Four bytes of the eight of {@code low} and {@code high}, each chosen by a nibble. */
  private static int permute(int low, int high, int selectors) {
    long bytes = (high & 0xffffffffL) << 32 | low & 0xffffffffL;
    int result = 0;
    for (int i = 0; i < 4; i++) {
      int selector = selectors >>> 4 * i;
      int value = (int) (bytes >>> 8 * (selector & 7)) & 0xff;
      boolean signOnly = (selector & 8) != 0;
      result |= (signOnly ? (byte) value >> 7 & 0xff : value) << 8 * i;
    }
    return result;
  }
}
