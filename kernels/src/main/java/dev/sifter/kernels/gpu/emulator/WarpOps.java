package dev.sifter.kernels.gpu.emulator;

/** Exchange between the lanes of a warp: {@code shfl}, {@code vote}, {@code redux}. */
final class WarpOps {
  private WarpOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    return switch (op.mnemonic()) {
      case "shfl.sync.idx.b32", "shfl.sync.up.b32", "shfl.sync.down.b32", "shfl.sync.bfly.b32" ->
          new Shuffle(op);
      case "vote.sync.ballot.b32" -> new Ballot(op);
      case "vote.sync.any.pred", "vote.sync.all.pred", "vote.sync.uni.pred" -> new Vote(op);
      case "redux.sync.add.u32",
          "redux.sync.add.s32",
          "redux.sync.min.u32",
          "redux.sync.min.s32",
          "redux.sync.max.u32",
          "redux.sync.max.s32",
          "redux.sync.and.b32",
          "redux.sync.or.b32",
          "redux.sync.xor.b32" ->
          new Reduce(op);
      default -> null;
    };
  }

  /** Reads a register of another lane. */
  private static final class Shuffle extends Instruction {
    private final String mode;
    private final int target;
    private final int inRange;
    private final int source;
    private final int distance;
    private final int bounds;
    private final int members;

    Shuffle(Operation op) {
      mode = op.modifiers().get(1);
      if (op.operand(0) instanceof PtxOperand.Pair(PtxOperand first, PtxOperand second)) {
        target = op.wordTarget(first);
        inRange = op.predicateTarget(second);
      } else {
        target = op.wordTarget(0);
        inRange = -1;
      }
      source = op.word(1);
      distance = op.word(2);
      bounds = op.word(3);
      members = op.word(4);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireMembers(warp, this, mask, members);
      int[] values = warp.words[source];
      int[] results = warp.savedWords;
      int valid = 0;
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        int from = sourceLane(warp, lane);
        if (from >= 0) {
          valid |= 1 << lane;
          if ((mask >>> from & 1) == 0) {
            throw warp.laneFault(
                this, lane, Check.COLLECTIVE, "reads lane %d, which does not take part", from);
          }
        }
        results[lane] = values[from >= 0 ? from : lane];
      }
      int[] d = warp.words[target];
      if (mask == FULL) {
        System.arraycopy(results, 0, d, 0, LANES);
      } else {
        for (int left = mask; left != 0; left &= left - 1) {
          int lane = Integer.numberOfTrailingZeros(left);
          d[lane] = results[lane];
        }
      }
      if (inRange >= 0) {
        warp.setPredicate(inRange, valid, mask);
      }
    }

    /** The lane to read, or −1 if it lies outside of the lane's segment. */
    private int sourceLane(Warp warp, int lane) {
      int b = warp.words[distance][lane] & 31;
      int c = warp.words[bounds][lane];
      int clamp = c & 31;
      int segment = c >>> 8 & 31;
      int last = lane & segment | clamp & ~segment;
      int first = lane & segment;
      int from =
          switch (mode) {
            case "up" -> lane - b;
            case "down" -> lane + b;
            case "bfly" -> lane ^ b;
            default -> first | b & ~segment;
          };
      boolean inside = mode.equals("up") ? from >= last : from <= last;
      return inside ? from : -1;
    }
  }

  /** The lanes for which a predicate holds. */
  private static final class Ballot extends Instruction {
    private final int target;
    private final int condition;
    private final int members;

    Ballot(Operation op) {
      target = op.wordTarget(0);
      condition = op.signedPredicate(1);
      members = op.word(2);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireMembers(warp, this, mask, members);
      int holds = warp.predicate(condition) & mask;
      for (int left = mask; left != 0; left &= left - 1) {
        warp.words[target][Integer.numberOfTrailingZeros(left)] = holds;
      }
    }
  }

  private static final class Vote extends Instruction {
    private final String mode;
    private final int target;
    private final int condition;
    private final int members;

    Vote(Operation op) {
      mode = op.modifiers().get(1);
      target = op.predicateTarget(op.operand(0));
      condition = op.signedPredicate(1);
      members = op.word(2);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireMembers(warp, this, mask, members);
      int holds = warp.predicate(condition) & mask;
      boolean result =
          switch (mode) {
            case "any" -> holds != 0;
            case "all" -> holds == mask;
            default -> holds == 0 || holds == mask;
          };
      warp.setPredicate(target, result ? FULL : 0, mask);
    }
  }

  /** Combines a register of all lanes. */
  private static final class Reduce extends Instruction {
    private final String operation;
    private final int target;
    private final int source;
    private final int members;

    Reduce(Operation op) {
      operation = op.modifiers().get(1) + "." + op.modifiers().get(2);
      target = op.wordTarget(0);
      source = op.word(1);
      members = op.word(2);
    }

    @Override
    void execute(Warp warp, int mask) {
      Collectives.requireMembers(warp, this, mask, members);
      int[] values = warp.words[source];
      int first = Integer.numberOfTrailingZeros(mask);
      int result = values[first];
      for (int left = mask & mask - 1; left != 0; left &= left - 1) {
        result = combine(result, values[Integer.numberOfTrailingZeros(left)]);
      }
      for (int left = mask; left != 0; left &= left - 1) {
        warp.words[target][Integer.numberOfTrailingZeros(left)] = result;
      }
    }

    private int combine(int a, int b) {
      return switch (operation) {
        case "add.u32", "add.s32" -> a + b;
        case "min.u32" -> Integer.compareUnsigned(a, b) < 0 ? a : b;
        case "max.u32" -> Integer.compareUnsigned(a, b) > 0 ? a : b;
        case "min.s32" -> Math.min(a, b);
        case "max.s32" -> Math.max(a, b);
        case "and.b32" -> a & b;
        case "or.b32" -> a | b;
        default -> a ^ b;
      };
    }
  }
}
