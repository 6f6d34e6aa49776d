package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordBinary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordTernary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;

/**
 * Arithmetic on {@code .f32}: subnormal numbers are kept, and a NaN is always {@code 0x7fffffff}.
 */
final class FloatOps {
  /** What every instruction gives for a result that is no number. */
  static final int NAN = 0x7fffffff;

  private static final DecoderGroups GROUPS =
      DecoderGroups.of(FloatOps::sumOrProduct, FloatOps::quotientOrRoot, FloatOps::orderOrSign);

  private FloatOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return GROUPS.decode(op);
  }

  private static Instruction sumOrProduct(Operation op) {
    return switch (op.mnemonic()) {
      case "add.rn.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(f(a[i]) + f(b[i]));
              }
            }
          };
      case "sub.rn.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(f(a[i]) - f(b[i]));
              }
            }
          };
      case "mul.rn.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(f(a[i]) * f(b[i]));
              }
            }
          };
      case "fma.rn.f32" ->
          new WordTernary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b, int[] c) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.fma(f(a[i]), f(b[i]), f(c[i])));
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction quotientOrRoot(Operation op) {
    return switch (op.mnemonic()) {
      case "div.rn.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(f(a[i]) / f(b[i]));
              }
            }
          };
      case "rcp.rn.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(1f / f(a[i]));
              }
            }
          };
      case "sqrt.rn.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits((float) Math.sqrt(f(a[i])));
              }
            }
          };
      default -> null;
    };
  }

  private static Instruction orderOrSign(Operation op) {
    return switch (op.mnemonic()) {
      case "min.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = minimum(f(a[i]), f(b[i]));
              }
            }
          };
      case "max.f32" ->
          new WordBinary(op) {
            @Override
            void lanes(int[] d, int[] a, int[] b) {
              for (int i = 0; i < LANES; i++) {
                d[i] = maximum(f(a[i]), f(b[i]));
              }
            }
          };
      case "neg.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(-f(a[i]));
              }
            }
          };
      case "abs.f32" ->
          new WordUnary(op) {
            @Override
            void lanes(int[] d, int[] a) {
              for (int i = 0; i < LANES; i++) {
                d[i] = bits(Math.abs(f(a[i])));
              }
            }
          };
      default -> null;
    };
  }

  private static float f(int bits) {
    return Float.intBitsToFloat(bits);
  }

  /** The bits of a result; every NaN has the same. */
  static int bits(float value) {
    return value == value ? Float.floatToRawIntBits(value) : NAN;
  }

  /** The smaller; the other one if one is a NaN. */
  private static int minimum(float a, float b) {
    if (a != a) {
      return bits(b);
    }
    return b != b ? bits(a) : Float.floatToRawIntBits(Math.min(a, b));
  }

  /** The larger; the other one if one is a NaN. */
  private static int maximum(float a, float b) {
    if (a != a) {
      return bits(b);
    }
    return b != b ? bits(a) : Float.floatToRawIntBits(Math.max(a, b));
  }
}
