package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongToWord;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongUnary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordToLong;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;

/** Conversions between types. What is too large becomes the largest; a NaN becomes 0. */
final class ConvertOps {
  private static final long MASK = 0xffffffffL;

  private ConvertOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    Instruction narrow = toNarrow(op);
    if (narrow != null) {
      return narrow;
    }
    Instruction number = betweenFloatAndInteger(op);
    return number != null ? number : betweenIntegers(op);
  }

  /** Between {@code .f32} and 16-bit numbers. */
  private static Instruction toNarrow(Operation op) {
    return switch (op.mnemonic()) {
      case "cvt.rn.bf16.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bfloat16(a[i]);
              }
            }
          };
      case "cvt.rn.f16.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = float16(a[i]);
              }
            }
          };
      case "cvt.rn.bf16x2.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bfloat16(a[i]) << 16 | bfloat16(b[i]);
              }
            }
          };
      case "cvt.rn.f16x2.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = float16(a[i]) << 16 | float16(b[i]);
              }
            }
          };
      case "cvt.f32.bf16" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = FloatOps.bits(Float.intBitsToFloat(a[i] << 16));
              }
            }
          };
      case "cvt.f32.f16" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = FloatOps.bits(Float.float16ToFloat((short) a[i]));
              }
            }
          };
      case "cvt.rna.tf32.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = tf32(a[i]);
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction betweenFloatAndInteger(Operation op) {
    return switch (op.mnemonic()) {
      case "cvt.rn.f32.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Float.floatToRawIntBits(a[i]);
              }
            }
          };
      case "cvt.rn.f32.u32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = Float.floatToRawIntBits(a[i] & MASK);
              }
            }
          };
      case "cvt.rzi.s32.f32", "cvt.rni.s32.f32", "cvt.rmi.s32.f32", "cvt.rpi.s32.f32" ->
          new WordUnary(op) {
            private final String rounding = op.modifiers().getFirst();

            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) rounded(Float.intBitsToFloat(a[i]), rounding);
              }
            }
          };
      case "cvt.rzi.u32.f32", "cvt.rni.u32.f32", "cvt.rmi.u32.f32", "cvt.rpi.u32.f32" ->
          new WordUnary(op) {
            private final String rounding = op.modifiers().getFirst();

            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] =
                    (int) Math.clamp((long) rounded(Float.intBitsToFloat(a[i]), rounding), 0, MASK);
              }
            }
          };
      case "cvt.rzi.f32.f32", "cvt.rni.f32.f32", "cvt.rmi.f32.f32", "cvt.rpi.f32.f32" ->
          new WordUnary(op) {
            private final String rounding = op.modifiers().getFirst();

            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = FloatOps.bits((float) rounded(Float.intBitsToFloat(a[i]), rounding));
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction betweenIntegers(Operation op) {
    return switch (op.mnemonic()) {
      case "cvt.u64.u32" ->
          new WordToLong(op) {
            @Override
            void lanes(long[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & MASK;
              }
            }
          };
      case "cvt.s64.s32" ->
          new WordToLong(op) {
            @Override
            void lanes(long[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i];
              }
            }
          };
      case "cvt.u32.u64", "cvt.s32.s64" ->
          new LongToWord(op) {
            @Override
            void lanes(int[] d, long[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (int) a[i];
              }
            }
          };
      case "cvt.u64.s64", "cvt.s64.u64" ->
          new LongUnary(op) {
            @Override
            void lanes(long[] d, long[] a) {
              System.arraycopy(a, 0, d, 0, LANES);
            }
          };
      case "cvt.u32.u16", "cvt.s32.u16", "cvt.u16.u32", "cvt.u16.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0xffff;
              }
            }
          };
      case "cvt.s32.s16", "cvt.s16.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (short) a[i];
              }
            }
          };
      case "cvt.u32.u8", "cvt.u16.u8", "cvt.u8.u32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = a[i] & 0xff;
              }
            }
          };
      case "cvt.s32.s8", "cvt.s16.s8", "cvt.s8.s32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = (byte) a[i];
              }
            }
          };
      default -> null;
    };
  }

  private static double rounded(float value, String rounding) {
    return switch (rounding) {
      case "rzi" -> value < 0 ? Math.ceil(value) : Math.floor(value);
      case "rmi" -> Math.floor(value);
      case "rpi" -> Math.ceil(value);
      default -> Math.rint(value);
    };
  }

  /** Rounds to the nearest, ties to even; every NaN is 0x7fff. */
  static int bfloat16(int bits) {
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return 0x7fff;
    }
    return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
  }

  /** Rounds to the nearest, ties to even; every NaN is 0x7fff. */
  private static int float16(int bits) {
    float value = Float.intBitsToFloat(bits);
    return value == value ? Float.floatToFloat16(value) & 0xffff : 0x7fff;
  }

  /** Rounds to 10 bits of fraction, ties away from zero; a NaN keeps its first ones. */
  private static int tf32(int bits) {
    boolean finite = (bits & 0x7f800000) != 0x7f800000;
    return (finite ? bits + 0x1000 : bits) & ~0x1fff;
  }
}
