package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

/** The type of a matrix product's factors. */
enum TensorInput {
  BF16(2, -126) {
    @Override
    void unpack(int[] registers, float[] into, int[] places, int next) {
      for (int lane = 0; lane < LANES; lane++) {
        int pair = registers[lane];
        int place = places[lane];
        into[place] = Float.intBitsToFloat(pair << 16);
        into[place + next] = Float.intBitsToFloat(pair & 0xffff0000);
      }
    }
  },
  F16(2, -14) {
    @Override
    void unpack(int[] registers, float[] into, int[] places, int next) {
      for (int lane = 0; lane < LANES; lane++) {
        int pair = registers[lane];
        int place = places[lane];
        into[place] = Float.float16ToFloat((short) pair);
        into[place + next] = Float.float16ToFloat((short) (pair >>> 16));
      }
    }
  },
  /** An {@code .f32} whose last 13 bits are ignored. */
  TF32(1, -126) {
    @Override
    void unpack(int[] registers, float[] into, int[] places, int next) {
      for (int lane = 0; lane < LANES; lane++) {
        into[places[lane]] = Float.intBitsToFloat(registers[lane] & ~0x1fff);
      }
    }
  };

  private final int perRegister;
  private final int leastExponent;

  TensorInput(int perRegister, int leastExponent) {
    this.perRegister = perRegister;
    this.leastExponent = leastExponent;
  }

  /** Numbers in a 32-bit register. */
  int perRegister() {
    return perRegister;
  }

  /** Exponent of subnormal numbers. */
  int leastExponent() {
    return leastExponent;
  }

  /** Writes the numbers of every lane's register, those of one {@code next} places apart. */
  abstract void unpack(int[] registers, float[] into, int[] places, int next);
}
