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

  /** Its value in one lane. */
  int value(Block block, int thread) {
    int lane = thread & 31;
    int self = 1 << lane;
    return switch (this) {
      case TID_X -> thread;
      case TID_Y, TID_Z -> 0;
      case NTID_X -> block.threads();
      case NTID_Y, NTID_Z -> 1;
      case CTAID_X -> block.x();
      case CTAID_Y -> block.y();
      case CTAID_Z -> block.z();
      case NCTAID_X -> block.launch().grid().x();
      case NCTAID_Y -> block.launch().grid().y();
      case NCTAID_Z -> block.launch().grid().z();
      case LANEID -> lane;
      case LANEMASK_EQ -> self;
      case LANEMASK_LE -> self | (self - 1);
      case LANEMASK_LT -> self - 1;
      case LANEMASK_GE -> -self;
      case LANEMASK_GT -> ~(self | (self - 1));
    };
  }
}
