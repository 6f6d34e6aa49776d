package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongShift;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongTernary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongToWord;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongUnary;

/** Arithmetic on 64-bit integers, which are addresses for the most part. */
final class LongOps {
  private static final long SIGN = Long.MIN_VALUE;

  private static final DecoderGroups GROUPS =
      DecoderGroups.of(
          LongOps::sumOrSign,
          LongOps::productOrQuotient,
          LongOps::order,
          LongOps::logic,
          LongOps::bits);

  private LongOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return GROUPS.decode(op);
  }

  private static Instruction sumOrSign(Operation op) {
    return switch (op.mnemonic()) {
      case "add.u64", "add.s64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] + b[i];
              }
            }
          };
      case "sub.u64", "sub.s64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] - b[i];
              }
            }
          };
      case "neg.s64" ->
          new LongUnary(op) {
            @Override
            void lanes(long[] d, long[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = -a[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction productOrQuotient(Operation op) {
    return switch (op.mnemonic()) {
      case "mul.lo.u64", "mul.lo.s64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i];
              }
            }
          };
      case "mul.hi.u64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.unsignedMultiplyHigh(a[i], b[i]);
              }
            }
          };
      case "mad.lo.u64", "mad.lo.s64" ->
          new LongTernary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b, long[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] * b[i] + c[i];
              }
            }
          };
      case "div.u64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? -1 : Long.divideUnsigned(a[i], b[i]);
              }
            }
          };
      case "rem.u64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = b[i] == 0 ? a[i] : Long.remainderUnsigned(a[i], b[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction order(Operation op) {
    return switch (op.mnemonic()) {
      case "min.u64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
              }
            }
          };
      case "max.u64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i] ^ SIGN, b[i] ^ SIGN) ^ SIGN;
              }
            }
          };
      case "min.s64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.min(a[i], b[i]);
              }
            }
          };
      case "max.s64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Math.max(a[i], b[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction logic(Operation op) {
    return switch (op.mnemonic()) {
      case "and.b64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & b[i];
              }
            }
          };
      case "or.b64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] | b[i];
              }
            }
          };
      case "xor.b64" ->
          new LongBinary(op) {
            @Override
            void lanes(long[] d, long[] a, long[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] ^ b[i];
              }
            }
          };
      case "not.b64" ->
          new LongUnary(op) {
            @Override
            void lanes(long[] d, long[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = ~a[i];
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction bits(Operation op) {
    return switch (op.mnemonic()) {
      case "shl.b64" ->
          new LongShift(op) {
            @Override
            void lanes(long[] d, long[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~63) != 0 ? 0 : a[i] << b[i];
              }
            }
          };
      case "shr.b64", "shr.u64" ->
          new LongShift(op) {
            @Override
            void lanes(long[] d, long[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (b[i] & ~63) != 0 ? 0 : a[i] >>> b[i];
              }
            }
          };
      case "shr.s64" ->
          new LongShift(op) {
            @Override
            void lanes(long[] d, long[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] >> ((b[i] & ~63) != 0 ? 63 : b[i]);
              }
            }
          };
      case "popc.b64" ->
          new LongToWord(op) {
            @Override
            void lanes(int[] d, long[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Long.bitCount(a[i]);
              }
            }
          };
      case "clz.b64" ->
          new LongToWord(op) {
            @Override
            void lanes(int[] d, long[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Long.numberOfLeadingZeros(a[i]);
              }
            }
          };
      default -> null;
    };
  }
}
