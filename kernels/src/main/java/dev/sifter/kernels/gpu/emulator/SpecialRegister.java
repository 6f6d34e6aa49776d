package dev.sifter.kernels.gpu.emulator;

import java.util.HashMap;
import java.util.Map;

/** Read-only registers that say who a thread is. Blocks have one dimension, grids three. */
enum SpecialRegister {
  TID_X("%tid.x"),
  TID_Y("%tid.y"),
  TID_Z("%tid.z"),
  NTID_X("%ntid.x"),
  NTID_Y("%ntid.y"),
  NTID_Z("%ntid.z"),
  CTAID_X("%ctaid.x"),
  CTAID_Y("%ctaid.y"),
  CTAID_Z("%ctaid.z"),
  NCTAID_X("%nctaid.x"),
  NCTAID_Y("%nctaid.y"),
  NCTAID_Z("%nctaid.z"),
  LANEID("%laneid"),
  LANEMASK_EQ("%lanemask_eq"),
  LANEMASK_LE("%lanemask_le"),
  LANEMASK_LT("%lanemask_lt"),
  LANEMASK_GE("%lanemask_ge"),
  LANEMASK_GT("%lanemask_gt");

  private static final Map<String, SpecialRegister> BY_NAME = new HashMap<>();

  static {
    for (SpecialRegister register : values()) {
      BY_NAME.put(register.ptxName, register);
    }
  }

  private final String ptxName;

  SpecialRegister(String ptxName) {
    this.ptxName = ptxName;
  }

  /** The register of that name, or null. */
  static SpecialRegister named(String name) {
    return BY_NAME.get(name);
  }

  /** Whether its value is that of a thread, the same in every block. */
  boolean isOfThread() {
    return switch (this) {
      case CTAID_X, CTAID_Y, CTAID_Z, NCTAID_X, NCTAID_Y, NCTAID_Z -> false;
      default -> true;
    };
  }

  /** The value in one thread of a block of so many threads. */
  int ofThread(int thread, int threads) {
    int lane = thread & 31;
    int self = 1 << lane;
    return switch (this) {
      case TID_X -> thread;
      case NTID_X -> threads;
      case NTID_Y, NTID_Z -> 1;
      case LANEID -> lane;
      case LANEMASK_EQ -> self;
      case LANEMASK_LE -> self | (self - 1);
      case LANEMASK_LT -> self - 1;
      case LANEMASK_GE -> -self;
      case LANEMASK_GT -> ~(self | (self - 1));
      default -> 0;
    };
  }

  /** The value in all threads of the block that runs. */
  int ofBlock(Block block) {
    return switch (this) {
      case CTAID_X -> block.x();
      case CTAID_Y -> block.y();
      case CTAID_Z -> block.z();
      case NCTAID_X -> block.launch().grid().x();
      case NCTAID_Y -> block.launch().grid().y();
      case NCTAID_Z -> block.launch().grid().z();
      default -> throw new IllegalStateException(this + " is a thread's");
    };
  }
}
