package dev.sifter.kernels.gpu.emulator;

/** The type of a matrix product's factors. */
enum TensorInput {
  BF16(2, -126) {
    @Override
    void unpack(int register, float[] into, int at) {
      into[at] = Float.intBitsToFloat(register << 16);
      into[at + 1] = Float.intBitsToFloat(register & 0xffff0000);
    }
  },
  F16(2, -14) {
    @Override
    void unpack(int register, float[] into, int at) {
      into[at] = Float.float16ToFloat((short) register);
      into[at + 1] = Float.float16ToFloat((short) (register >>> 16));
    }
  },
  /** An {@code .f32} whose last 13 bits are ignored. */
  TF32(1, -126) {
    @Override
    void unpack(int register, float[] into, int at) {
      into[at] = Float.intBitsToFloat(register & ~0x1fff);
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

  /** Writes the numbers of a register to an array. */
  abstract void unpack(int register, float[] into, int at);
}
