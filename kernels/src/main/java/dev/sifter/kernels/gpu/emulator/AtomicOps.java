package dev.sifter.kernels.gpu.emulator;

/**
 * Atomic operations on integers. Lanes have their turns in the order of their numbers.
 *
 * <p>There is none on floating-point numbers: their sums would depend on the order.
 */
final class AtomicOps {
  private AtomicOps() {}

  /** The instruction, or null if it is none of these. */
  static Instruction decode(Operation op) {
    boolean returns = op.name().equals("atom");
    if (!returns && !op.name().equals("red")) {
      return null;
    }
    if (op.type().startsWith("f") || op.type().startsWith("bf")) {
      throw op.refuse("atomic operations on floating-point numbers have no order");
    }
    op.takeOneOf("relaxed", "acq_rel", "acquire", "release");
    op.takeOneOf("gpu", "cta", "sys");
    String space = op.requireOneOf("global", "shared");
    String type = op.takeType("u32", "s32", "b32", "u64");
    String operation = op.requireOneOf(operations(type, returns));
    if (type.equals("u64") && space.equals("shared")) {
      throw op.refuse("64 bits are only known in global memory");
    }
    op.requireNoMoreModifiers();
    boolean wide = type.equals("u64");
    return space.equals("global")
        ? new Global(op, operation, type, returns, wide)
        : new Shared(op, operation, type, returns);
  }

  /** Which there are, by the PTX ISA; without a result an exchange is a mere store. */
  private static String[] operations(String type, boolean returns) {
    return switch (type) {
      case "u32" -> new String[] {"add", "inc", "dec", "min", "max"};
      case "s32" -> new String[] {"add", "min", "max"};
      case "u64" -> new String[] {"add"};
      default ->
          returns
              ? new String[] {"and", "or", "xor", "exch", "cas"}
              : new String[] {"and", "or", "xor"};
    };
  }

  /** The new value. */
  private static int apply(String operation, boolean signed, int old, int b, int c) {
    return switch (operation) {
      case "add" -> old + b;
      case "inc" -> Integer.compareUnsigned(old, b) >= 0 ? 0 : old + 1;
      case "dec" -> old == 0 || Integer.compareUnsigned(old, b) > 0 ? b : old - 1;
      case "min" -> (signed ? old < b : Integer.compareUnsigned(old, b) < 0) ? old : b;
      case "max" -> (signed ? old > b : Integer.compareUnsigned(old, b) > 0) ? old : b;
      case "and" -> old & b;
      case "or" -> old | b;
      case "xor" -> old ^ b;
      case "cas" -> old == b ? c : old;
      default -> b;
    };
  }

  private static final class Global extends Instruction {
    private final String operation;
    private final boolean signed;
    private final boolean wide;
    private final int target;
    private final int base;
    private final long offset;
    private final int operand;
    private final int third;

    Global(Operation op, String operation, String type, boolean returns, boolean wide) {
      this.operation = operation;
      this.wide = wide;
      signed = type.startsWith("s");
      int first = returns ? 1 : 0;
      target = !returns ? -1 : wide ? op.longTarget(0) : op.wordTarget(0);
      PtxOperand.Address address = op.address(first);
      base = op.longWord(address.base());
      offset = address.offset();
      operand = wide ? op.longWord(first + 1) : op.word(first + 1);
      third = operation.equals("cas") ? op.word(first + 2) : operand;
    }

    @Override
    void execute(Warp warp, int mask) {
      int bytes = wide ? Long.BYTES : Integer.BYTES;
      AccessLog log = warp.block.log();
      warp.request.begin(this);
      warp.request.goesTo(warp.longs[base], offset, bytes, mask);
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        long address = warp.longs[base][lane] + offset;
        if ((address & bytes - 1) != 0) {
          throw warp.laneFault(
              this, lane, Check.MISALIGNED, "atomic operation at address 0x%x", address);
        }
        PageLog page = log.find(warp, this, lane, address, bytes);
        int at = (int) address & Page.BYTES - 1;
        if (log.checks()) {
          page.atomic(warp.request, at >> Page.SECTOR_SHIFT, Page.mask(at & 31, bytes), lane);
        }
        if (wide) {
          addLong(warp, lane, page.data(), at);
        } else {
          apply(warp, lane, page.data(), at);
        }
      }
      warp.block.noteAtomic();
      Counters counters = warp.block.counters();
      counters.requests[index()]++;
      counters.sectors[index()] += warp.request.sectors;
      counters.bytes[index()] += (long) bytes * Integer.bitCount(mask);
    }

    private void addLong(Warp warp, int lane, byte[] data, int at) {
      long old = (long) Bytes.LONG.get(data, at);
      Bytes.LONG.set(data, at, old + warp.longs[operand][lane]);
      if (target >= 0) {
        warp.longs[target][lane] = old;
      }
    }

    private void apply(Warp warp, int lane, byte[] data, int at) {
      int old = (int) Bytes.INT.get(data, at);
      int b = warp.words[operand][lane];
      int c = warp.words[third][lane];
      Bytes.INT.set(data, at, AtomicOps.apply(operation, signed, old, b, c));
      if (target >= 0) {
        warp.words[target][lane] = old;
      }
    }
  }

  private static final class Shared extends Instruction {
    private final String operation;
    private final boolean signed;
    private final int target;
    private final SharedAddress address;
    private final int operand;
    private final int third;

    Shared(Operation op, String operation, String type, boolean returns) {
      this.operation = operation;
      signed = type.startsWith("s");
      int first = returns ? 1 : 0;
      target = returns ? op.wordTarget(0) : -1;
      address = new SharedAddress(op, first);
      operand = op.word(first + 1);
      third = operation.equals("cas") ? op.word(first + 2) : operand;
    }

    @Override
    void execute(Warp warp, int mask) {
      SharedMemory shared = warp.block.shared();
      warp.request.begin(this);
      int[] places = address.places(warp, this, mask, Integer.BYTES);
      for (int left = mask; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        int at = places[lane];
        if (warp.block.log().checks()) {
          shared.atomic(warp.request, lane, at >> 2);
        }
        int old = (int) Bytes.INT.get(shared.data, at);
        int b = warp.words[operand][lane];
        int c = warp.words[third][lane];
        Bytes.INT.set(shared.data, at, apply(operation, signed, old, b, c));
        if (target >= 0) {
          warp.words[target][lane] = old;
        }
      }
    }
  }
}
