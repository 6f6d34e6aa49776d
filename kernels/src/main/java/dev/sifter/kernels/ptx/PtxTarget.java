package dev.sifter.kernels.ptx;

import java.util.Arrays;
import java.util.List;

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

  /** It and all newer ones. */
  public static List<PtxTarget> from(PtxTarget least) {
    return Arrays.stream(values()).filter(target -> target.compareTo(least) >= 0).toList();
  }

  /** As in the directive {@code .target}. */
  public String ptxName() {
    return ptxName;
  }
}
