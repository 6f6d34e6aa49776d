package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.WideBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WideTernary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordTernary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;

/** Arithmetic on 32-bit integers. Signed and unsigned differ only where the case says so. */
final class IntegerOps {
  private static final long MASK = 0xffffffffL;
  private static final int SIGN = Integer.MIN_VALUE;

  private static final DecoderGroups GROUPS =
      DecoderGroups.of(
          IntegerOps::sumOrSign,
          IntegerOps::product,
          IntegerOps::productAndSum,
          IntegerOps::quotientOrRemainder,
          IntegerOps::order);

  private IntegerOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return GROUPS.decode(op);
  }

  private static Instruction sumOrSign(Operation op) {
    return switch (op.mnemonic()) {
      case "add.u32", "add.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] + b[i];
              }
            }
          };
      case "sub.u32", "sub.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] - b[i];
              }
            }
          };
      case "neg.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = -a[i];
              }
            }
          };
      case "abs.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.abs(a[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction product(Operation op) {
    return switch (op.mnemonic()) {
      case "mul.lo.u32", "mul.lo.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i];
              }
            }
          };
      case "mul.hi.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((a[i] & MASK) * (b[i] & MASK) >>> 32);
              }
            }
          };
      case "mul.hi.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((long) a[i] * b[i] >> 32);
              }
            }
          };
      case "mul.wide.u32" ->
          new WideBinary(op) {
            @Override
            void lanes(long[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & MASK) * (b[i] & MASK);
              }
            }
          };
      case "mul.wide.s32" ->
          new WideBinary(op) {
            @Override
            void lanes(long[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (long) a[i] * b[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction productAndSum(Operation op) {
    return switch (op.mnemonic()) {
      case "mad.lo.u32", "mad.lo.s32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i];
              }
            }
          };
      case "mad.hi.u32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((a[i] & MASK) * (b[i] & MASK) >>> 32) + c[i];
              }
            }
          };
      case "mad.hi.s32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) ((long) a[i] * b[i] >> 32) + c[i];
              }
            }
          };
      case "mad.wide.u32" ->
          new WideTernary(op) {
            @Override
            void lanes(long[] d, int[] a, int[] b, long[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (a[i] & MASK) * (b[i] & MASK) + c[i];
              }
            }
          };
      case "mad.wide.s32" ->
          new WideTernary(op) {
            @Override
            void lanes(long[] d, int[] a, int[] b, long[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (long) a[i] * b[i] + c[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction quotientOrRemainder(Operation op) {
    return switch (op.mnemonic()) {
      case "div.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : Integer.divideUnsigned(a[i], b[i]);
              }
            }
          };
      case "div.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : a[i] / b[i];
              }
            }
          };
      case "rem.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : Integer.remainderUnsigned(a[i], b[i]);
              }
            }
          };
      case "rem.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : a[i] % b[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction order(Operation op) {
    return switch (op.mnemonic()) {
      case "min.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
              }
            }
          };
      case "max.u32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
              }
            }
          };
      case "min.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i], b[i]);
              }
            }
          };
      case "max.s32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i], b[i]);
              }
            }
          };
      default -> null;
    };
  }
}
