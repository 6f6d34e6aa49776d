package dev.sifter.kernels.gpu.emulator;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code wgmma}: products that four warps ask for together and that are made in the background, of
 * 64 rows and 8 to 256 columns. A warp has the sums of 16 rows, in the same places as those of
 * {@code mma}, 8 columns after the other.
 */
final class WarpgroupOps {
  private static final Pattern MULTIPLY =
      Pattern.compile("wgmma\\.mma_async\\.sync\\.aligned\\.m64n(\\d+)k16\\.f32\\.bf16\\.bf16");

  private WarpgroupOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    Matcher multiply = MULTIPLY.matcher(op.mnemonic());
    if (multiply.matches()) {
      int columns = Integer.parseInt(multiply.group(1));
      if (columns % 8 != 0 || columns == 0 || columns > 256) {
        throw op.refuse("%d columns; they must be a multiple of 8 up to 256", columns);
      }
      return new Multiply(op, columns);
    }
    return switch (op.mnemonic()) {
      case "wgmma.fence.sync.aligned" -> new Fence();
      case "wgmma.commit_group.sync.aligned" -> new Commit();
      case "wgmma.wait_group.sync.aligned" -> new Wait(op.constant(0));
      case "fence.proxy.async.shared::cta" -> new ProxyFence();
      default -> null;
    };
  }

  /** What all four warps must run in the same order. */
  private abstract static class Aligned extends Instruction {
    @Override
    final void execute(Warp warp, int mask) {
      Collectives.requireAllLanes(warp, this, mask);
      run(warp);
    }

    abstract void run(Warp warp);

    final void runTogether(Warp warp, long left, long right, boolean adds) {
      warp.block.warpgroup(warp).run(warp, new Warpgroup.Step(this, left, right, adds));
    }
  }

  /** Begins D = A·B or D = A·B + D. */
  static final class Multiply extends Aligned {
    final int columns;

    /** The sums' planes, four for each eight columns. */
    final int[] sums;

    /** The left operand's planes; null where it is in shared memory. */
    final int[] left;

    private final int leftDescriptor;
    private final int rightDescriptor;
    private final int adds;
    private final boolean leftTermsAreRows;
    private final boolean rightTermsAreRows;

    Multiply(Operation op, int columns) {
      this.columns = columns;
      sums = planes(op, op.group(0, columns / 2), true);
      boolean inRegisters = op.operand(1) instanceof PtxOperand.Group;
      left = inRegisters ? planes(op, op.group(1, 4), false) : null;
      leftDescriptor = inRegisters ? -1 : op.longWord(1);
      rightDescriptor = op.longWord(2);
      adds = op.predicate(3);
      if (op.constant(4) != 1 || op.constant(5) != 1) {
        throw op.refuse("a factor that is not 1");
      }
      leftTermsAreRows = !inRegisters && op.constant(6) == 1;
      rightTermsAreRows = op.constant(inRegisters ? 6 : 7) == 1;
    }

    private static int[] planes(Operation op, List<PtxOperand> registers, boolean write) {
      return registers.stream()
          .mapToInt(register -> write ? op.wordTarget(register) : op.word(register))
          .toArray();
    }

    @Override
    void run(Warp warp) {
      long leftBits = left == null ? Collectives.uniformLong(warp, this, leftDescriptor) : 0;
      long rightBits = Collectives.uniformLong(warp, this, rightDescriptor);
      int adding = warp.predicate(adds);
      if (adding != 0 && adding != FULL) {
        throw warp.fault(this, Check.COLLECTIVE, "the lanes disagree whether to add");
      }
      runTogether(warp, leftBits, rightBits, adding != 0);
      int row = warp.index % Warpgroup.WARPS * TensorOps.ROWS;
      SharedMatrix right = SharedMatrix.of(warp, this, rightBits, rightTermsAreRows, 0, columns);
      SharedMatrix leftMatrix =
          left == null
              ? SharedMatrix.of(warp, this, leftBits, leftTermsAreRows, row, TensorOps.ROWS)
              : null;
      warp.products.begin(this, leftMatrix, right, adding != 0);
      count(warp.block.counters());
    }

    /** The right operand is read once for four warps. */
    private void count(Counters counters) {
      int termBytes = 2 * SharedMatrix.TERMS;
      int bytes = columns * termBytes / Warpgroup.WARPS;
      bytes += left == null ? TensorOps.ROWS * termBytes : 0;
      int turns = Math.ceilDiv(bytes, 128);
      counters.requests[index()]++;
      counters.bytes[index()] += bytes;
      counters.wavefronts[index()] += turns;
      counters.leastWavefronts[index()] += turns;
    }

    /** Multiplications and additions, by lane. */
    int flops() {
      return 2 * TensorOps.ROWS * columns * SharedMatrix.TERMS / LANES;
    }
  }

  private static final class Fence extends Aligned {
    @Override
    void run(Warp warp) {
      runTogether(warp, 0, 0, false);
      warp.products.fence();
    }
  }

  private static final class Commit extends Aligned {
    @Override
    void run(Warp warp) {
      runTogether(warp, 0, 0, false);
      warp.products.commit();
    }
  }

  private static final class Wait extends Aligned {
    private final int except;

    Wait(int except) {
      this.except = except;
    }

    @Override
    void run(Warp warp) {
      runTogether(warp, 0, 0, false);
      warp.products.waitForGroups(this, except);
    }
  }

  /** Each lane's writes to shared memory so far may be read by products, behind a barrier. */
  private static final class ProxyFence extends Instruction {
    @Override
    void execute(Warp warp, int mask) {
      warp.block.shared().fence(warp, mask);
    }
  }
}
