package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.gpu.emulator.LaneInstruction.LongUnary;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.ToLong;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.ToWord;
import dev.sifter.kernels.gpu.emulator.LaneInstruction.WordUnary;
import java.util.List;

/** Moves, packing and unpacking, selection, and logic of predicates. */
final class MoveOps {
  private MoveOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return switch (op.mnemonic()) {
      case "mov.b32" -> packed(op, 0) || packed(op, 1) ? pairs(op) : new Copy(op);
      case "mov.b16", "mov.u16", "mov.u32", "mov.s32", "mov.f32" -> new Copy(op);
      case "mov.b64" -> packed(op, 0) || packed(op, 1) ? widePairs(op) : new LongCopy(op);
      case "mov.u64", "mov.s64", "cvta.to.global.u64" -> new LongCopy(op);
      case "mov.pred", "not.pred", "and.pred", "or.pred", "xor.pred" -> new Logic(op);
      case "selp.b32", "selp.u32", "selp.s32", "selp.f32" -> new Select(op);
      case "selp.b64", "selp.u64", "selp.s64" -> new LongSelect(op);
      default -> null;
    };
  }

  private static boolean packed(Operation op, int operand) {
    return op.operand(operand) instanceof PtxOperand.Group;
  }

  private static Instruction pairs(Operation op) {
    return packed(op, 0) ? new UnpackHalves(op) : new PackHalves(op);
  }

  private static Instruction widePairs(Operation op) {
    return packed(op, 0) ? new UnpackWords(op) : new PackWords(op);
  }

  private static final class Copy extends WordUnary {
    Copy(Operation op) {
      super(op);
    }

    @Override
    void lanes(int[] d, int[] a) {
      System.arraycopy(a, 0, d, 0, LANES);
    }
  }

  private static final class LongCopy extends LongUnary {
    LongCopy(Operation op) {
      super(op);
    }

    @Override
    void lanes(long[] d, long[] a) {
      System.arraycopy(a, 0, d, 0, LANES);
    }
  }

  /** {@code mov.b32 d, {lo, hi}}. */
  private static final class PackHalves extends ToWord {
    private final int low;
    private final int high;

    PackHalves(Operation op) {
      super(op);
      List<PtxOperand> halves = op.group(1, 2);
      low = op.word(halves.get(0));
      high = op.word(halves.get(1));
    }

    @Override
    void execute(Warp warp, int mask) {
      int[] d = target(warp);
      int[] a = warp.words[low];
      int[] b = warp.words[high];
      for (int i = 0; i < LANES; i++) {
        d[i] = a[i] & 0xffff | b[i] << 16;
      }
    }
  }

  /** {@code mov.b64 d, {lo, hi}}. */
  private static final class PackWords extends ToLong {
    private final int low;
    private final int high;

    PackWords(Operation op) {
      super(op);
      List<PtxOperand> halves = op.group(1, 2);
      low = op.word(halves.get(0));
      high = op.word(halves.get(1));
    }

    @Override
    void execute(Warp warp, int mask) {
      long[] d = target(warp);
      int[] a = warp.words[low];
      int[] b = warp.words[high];
      for (int i = 0; i < LANES; i++) {
        d[i] = a[i] & 0xffffffffL | (long) b[i] << 32;
      }
    }
  }

  /** {@code mov.b32 {lo, hi}, a}; each half may be left out. */
  private static final class UnpackHalves extends Instruction {
    private final int low;
    private final int high;
    private final int source;

    UnpackHalves(Operation op) {
      List<PtxOperand> halves = op.group(0, 2);
      low = half(op, halves.get(0));
      high = half(op, halves.get(1));
      source = op.word(1);
    }

    @Override
    void execute(Warp warp, int mask) {
      int[] a = warp.words[source];
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        int value = a[lane];
        if (low >= 0) {
          warp.words[low][lane] = value & 0xffff;
        }
        if (high >= 0) {
          warp.words[high][lane] = value >>> 16;
        }
      }
    }
  }

  /** {@code mov.b64 {lo, hi}, a}; each half may be left out. */
  private static final class UnpackWords extends Instruction {
    private final int low;
    private final int high;
    private final int source;

    UnpackWords(Operation op) {
      List<PtxOperand> halves = op.group(0, 2);
      low = half(op, halves.get(0));
      high = half(op, halves.get(1));
      source = op.longWord(1);
    }

    @Override
    void execute(Warp warp, int mask) {
      long[] a = warp.longs[source];
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        if (low >= 0) {
          warp.words[low][lane] = (int) a[lane];
        }
        if (high >= 0) {
          warp.words[high][lane] = (int) (a[lane] >>> 32);
        }
      }
    }
  }

  private static int half(Operation op, PtxOperand operand) {
    return operand instanceof PtxOperand.Sink ? -1 : op.wordTarget(operand);
  }

  private static final class Select extends ToWord {
    private final int whereTrue;
    private final int whereFalse;
    private final int condition;

    Select(Operation op) {
      super(op);
      whereTrue = op.word(1);
      whereFalse = op.word(2);
      condition = op.predicate(3);
    }

    @Override
    void execute(Warp warp, int mask) {
      int[] d = target(warp);
      int[] a = warp.words[whereTrue];
      int[] b = warp.words[whereFalse];
      int holds = warp.predicates[condition];
      for (int i = 0; i < LANES; i++) {
        d[i] = (holds >>> i & 1) != 0 ? a[i] : b[i];
      }
    }
  }

  private static final class LongSelect extends ToLong {
    private final int whereTrue;
    private final int whereFalse;
    private final int condition;

    LongSelect(Operation op) {
      super(op);
      whereTrue = op.longWord(1);
      whereFalse = op.longWord(2);
      condition = op.predicate(3);
    }

    @Override
    void execute(Warp warp, int mask) {
      long[] d = target(warp);
      long[] a = warp.longs[whereTrue];
      long[] b = warp.longs[whereFalse];
      int holds = warp.predicates[condition];
      for (int i = 0; i < LANES; i++) {
        d[i] = (holds >>> i & 1) != 0 ? a[i] : b[i];
      }
    }
  }

  /** Predicates of 32 lanes at once. */
  private static final class Logic extends Instruction {
    private final String name;
    private final int target;
    private final int left;
    private final int right;

    Logic(Operation op) {
      name = op.name();
      target = op.predicateTarget(op.operand(0));
      left = op.predicate(1);
      right = name.equals("mov") || name.equals("not") ? left : op.predicate(2);
    }

    @Override
    void execute(Warp warp, int mask) {
      int a = warp.predicates[left];
      int b = warp.predicates[right];
      int result =
          switch (name) {
            case "mov" -> a;
            case "not" -> ~a;
            case "and" -> a & b;
            case "or" -> a | b;
            default -> a ^ b;
          };
      warp.setPredicate(target, result, mask);
    }
  }
}
