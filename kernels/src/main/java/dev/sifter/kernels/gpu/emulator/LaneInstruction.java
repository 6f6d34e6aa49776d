package dev.sifter.kernels.gpu.emulator;

/**
 * An instruction that computes one register of each lane from others of the same lane.
 *
 * <p>The shapes below fetch the planes; what is left to an instruction is its loop over the lanes.
 * For some lanes only, the loop runs over all of them and what the others had is put back.
 */
abstract class LaneInstruction extends Instruction {

  /** A result in a plane of 32-bit registers. */
  abstract static class ToWord extends LaneInstruction {
    private final int target;

    ToWord(Operation operation) {
      target = operation.wordTarget(0);
    }

    final int[] target(Warp warp) {
      return warp.words[target];
    }

    @Override
    final void executePartially(Warp warp, int mask) {
      int[] plane = warp.words[target];
      int[] before = warp.savedWords;
      System.arraycopy(plane, 0, before, 0, LANES);
      execute(warp, mask);
      for (int others = ~mask; others != 0; others &= others - 1) {
        int lane = Integer.numberOfTrailingZeros(others);
        plane[lane] = before[lane];
      }
    }
  }

  /** A result in a plane of 64-bit registers. */
  abstract static class ToLong extends LaneInstruction {
    private final int target;

    ToLong(Operation operation) {
      target = operation.longTarget(0);
    }

    final long[] target(Warp warp) {
      return warp.longs[target];
    }

    @Override
    final void executePartially(Warp warp, int mask) {
      long[] plane = warp.longs[target];
      long[] before = warp.savedLongs;
      System.arraycopy(plane, 0, before, 0, LANES);
      execute(warp, mask);
      for (int others = ~mask; others != 0; others &= others - 1) {
        int lane = Integer.numberOfTrailingZeros(others);
        plane[lane] = before[lane];
      }
    }
  }

  /** 32 bits from 32 bits. */
  abstract static class WordUnary extends ToWord {
    private final int source;

    WordUnary(Operation operation) {
      super(operation);
      source = operation.word(1);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[source]);
    }

    abstract void lanes(int[] d, int[] a);
  }

  /** 32 bits from two times 32 bits. */
  abstract static class WordBinary extends ToWord {
    private final int left;
    private final int right;

    WordBinary(Operation operation) {
      super(operation);
      left = operation.word(1);
      right = operation.word(2);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[left], warp.words[right]);
    }

    abstract void lanes(int[] d, int[] a, int[] b);
  }

  /** 32 bits from three times 32 bits. */
  abstract static class WordTernary extends ToWord {
    private final int first;
    private final int second;
    private final int third;

    WordTernary(Operation operation) {
      super(operation);
      first = operation.word(1);
      second = operation.word(2);
      third = operation.word(3);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[first], warp.words[second], warp.words[third]);
    }

    abstract void lanes(int[] d, int[] a, int[] b, int[] c);
  }

  /** 64 bits from 64 bits. */
  abstract static class LongUnary extends ToLong {
    private final int source;

    LongUnary(Operation operation) {
      super(operation);
      source = operation.longWord(1);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.longs[source]);
    }

    abstract void lanes(long[] d, long[] a);
  }

  /** 64 bits from two times 64 bits. */
  abstract static class LongBinary extends ToLong {
    private final int left;
    private final int right;

    LongBinary(Operation operation) {
      super(operation);
      left = operation.longWord(1);
      right = operation.longWord(2);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.longs[left], warp.longs[right]);
    }

    abstract void lanes(long[] d, long[] a, long[] b);
  }

  /** 64 bits from 64 bits and a distance of 32 bits. */
  abstract static class LongShift extends ToLong {
    private final int left;
    private final int right;

    LongShift(Operation operation) {
      super(operation);
      left = operation.longWord(1);
      right = operation.word(2);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.longs[left], warp.words[right]);
    }

    abstract void lanes(long[] d, long[] a, int[] b);
  }

  /** 64 bits from three times 64 bits. */
  abstract static class LongTernary extends ToLong {
    private final int first;
    private final int second;
    private final int third;

    LongTernary(Operation operation) {
      super(operation);
      first = operation.longWord(1);
      second = operation.longWord(2);
      third = operation.longWord(3);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.longs[first], warp.longs[second], warp.longs[third]);
    }

    abstract void lanes(long[] d, long[] a, long[] b, long[] c);
  }

  /** 64 bits from two times 32 bits, as {@code mul.wide}. */
  abstract static class WideBinary extends ToLong {
    private final int left;
    private final int right;

    WideBinary(Operation operation) {
      super(operation);
      left = operation.word(1);
      right = operation.word(2);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[left], warp.words[right]);
    }

    abstract void lanes(long[] d, int[] a, int[] b);
  }

  /** 64 bits from two times 32 bits and 64 bits, as {@code mad.wide}. */
  abstract static class WideTernary extends ToLong {
    private final int first;
    private final int second;
    private final int third;

    WideTernary(Operation operation) {
      super(operation);
      first = operation.word(1);
      second = operation.word(2);
      third = operation.longWord(3);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[first], warp.words[second], warp.longs[third]);
    }

    abstract void lanes(long[] d, int[] a, int[] b, long[] c);
  }

  /** 64 bits from 32 bits. */
  abstract static class WordToLong extends ToLong {
    private final int source;

    WordToLong(Operation operation) {
      super(operation);
      source = operation.word(1);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.words[source]);
    }

    abstract void lanes(long[] d, int[] a);
  }

  /** 32 bits from 64 bits. */
  abstract static class LongToWord extends ToWord {
    private final int source;

    LongToWord(Operation operation) {
      super(operation);
      source = operation.longWord(1);
    }

    @Override
    final void execute(Warp warp, int mask) {
      lanes(target(warp), warp.longs[source]);
    }

    abstract void lanes(int[] d, long[] a);
  }
}
