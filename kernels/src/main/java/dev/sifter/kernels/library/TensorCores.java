package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.GpuProperties;
import dev.sifter.kernels.ptx.PtxTarget;

/** The ways in which the kernels of flash attention multiply. */
public enum TensorCores {
  /** A warp at a time, operands in registers: {@code mma.sync}. */
  MMA(PtxTarget.SM_80),
  /** Four warps together, operands in shared memory: {@code wgmma}, for heads of 64 and 128. */
  WGMMA(PtxTarget.SM_90A);

  private final PtxTarget target;

  TensorCores(PtxTarget target) {
    this.target = target;
  }

  /** The least GPU that has them. */
  PtxTarget target() {
    return target;
  }

  /** Whether they take heads of that size. */
  boolean take(int headDim) {
    return this == MMA ? headDim % 16 == 0 : headDim == 64 || headDim == 128;
  }

  /** The sizes of heads that they take, for people. */
  String headDims() {
    return this == MMA ? "a multiple of 16" : "64 or 128";
  }

  /** The fastest that a device has and that take the heads. */
  public static TensorCores of(GpuProperties device, AttentionShape shape) {
    return device.supports(WGMMA.target) && WGMMA.take(shape.headDim()) ? WGMMA : MMA;
  }
}
