package dev.sifter.kernels.gpu.emulator;

import java.util.Map;

/** Branches and the end of a thread. */
final class ControlOps {
  private ControlOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op, Map<String, Integer> labels) {
    return switch (op.mnemonic()) {
      case "bra", "bra.uni" -> new Branch(op, labels);
      case "ret", "exit" -> new Exit();
      default -> null;
    };
  }

  private static final class Branch extends Instruction {
    private final int target;
    private final boolean uniform;

    Branch(Operation op, Map<String, Integer> labels) {
      if (!(op.operand(0) instanceof PtxOperand.Name(String label)) || !labels.containsKey(label)) {
        throw op.refuse("'%s' is no label", op.operand(0));
      }
      target = labels.get(label);
      uniform = op.mnemonic().equals("bra.uni");
    }

    @Override
    void execute(Warp warp, int mask) {
      if (uniform && mask != warp.active()) {
        throw warp.fault(
            this, Check.COLLECTIVE, "bra.uni, but only lanes %s jump", Lanes.text(mask));
      }
      warp.branch(this, mask, target);
    }
  }

  private static final class Exit extends Instruction {
    @Override
    void execute(Warp warp, int mask) {
      warp.exit(this, mask);
    }
  }
}
