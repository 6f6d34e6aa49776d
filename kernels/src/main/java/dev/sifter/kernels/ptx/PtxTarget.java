package dev.sifter.kernels.ptx;

/** The GPU generation that a kernel is written for. */
public enum PtxTarget {
  /** Ampere and everything since: {@code mma.sync}, {@code ldmatrix}, {@code cp.async}. */
  SM_80("sm_80"),
  /** Hopper only: its architecture-specific instructions, such as {@code wgmma}. */
  SM_90A("sm_90a");

  private final String ptxName;

  PtxTarget(String ptxName) {
    this.ptxName = ptxName;
  }

  /** As in the directive {@code .target}. */
  public String ptxName() {
    return ptxName;
  }
}
