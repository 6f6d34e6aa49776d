package dev.sifter.kernels.gpu.emulator;

import static dev.sifter.kernels.gpu.emulator.Instruction.LANES;

/** {@code setp}: comparisons, alone or combined with another predicate. */
final class CompareOps {
  private CompareOps() {}

  /** The instruction, or null if it is no comparison. */
  static Instruction decode(Operation op) {
    if (!op.name().equals("setp")) {
      return null;
    }
    String type = op.takeType("b32", "u32", "s32", "f32", "b64", "u64", "s64");
    String combine = op.takeOneOf("and", "or", "xor");
    String relation = op.modifiers().isEmpty() ? "" : op.modifiers().removeFirst();
    op.requireNoMoreModifiers();
    return new Compare(op, type, relation, combine);
  }

  /** Which lanes stand in a relation, one bit each. */
  private interface Relation {
    int lanes(Warp warp, int a, int b);
  }

  private static final class Compare extends Instruction {
    private final Relation relation;
    private final int left;
    private final int right;
    private final int flip;
    private final int target;
    private final int opposite;
    private final String combine;
    private final int other;

    Compare(Operation op, String type, String relationName, String combine) {
      boolean wide = type.endsWith("64");
      PtxOperand destination = op.operand(0);
      if (destination instanceof PtxOperand.Pair(PtxOperand first, PtxOperand second)) {
        target = op.predicateTarget(first);
        opposite = op.predicateTarget(second);
      } else {
        target = op.predicateTarget(destination);
        opposite = -1;
      }
      int a = wide ? op.longWord(1) : op.word(1);
      int b = wide ? op.longWord(2) : op.word(2);
      boolean swapped = type.equals("f32") ? swapsFloat(relationName) : swaps(relationName);
      left = swapped ? b : a;
      right = swapped ? a : b;
      flip = (type.equals("f32") ? negatesFloat(relationName) : negates(relationName)) ? FULL : 0;
      relation =
          type.equals("f32") ? ofFloats(op, relationName) : ofIntegers(op, type, relationName);
      this.combine = combine;
      other = combine == null ? 0 : op.signedPredicate(3);
    }

    @Override
    void execute(Warp warp, int mask) {
      int holds = relation.lanes(warp, left, right) ^ flip;
      int fails = ~holds;
      if (combine != null) {
        int with = warp.predicate(other);
        holds = combined(holds, with);
        fails = combined(fails, with);
      }
      warp.setPredicate(target, holds, mask);
      if (opposite >= 0) {
        warp.setPredicate(opposite, fails, mask);
      }
    }

    private int combined(int a, int b) {
      return switch (combine) {
        case "and" -> a & b;
        case "or" -> a | b;
        default -> a ^ b;
      };
    }
  }

  // Integers: all relations follow from equality and less-than.

  private static boolean swaps(String relation) {
    return switch (relation) {
      case "gt", "hi", "le", "ls" -> true;
      default -> false;
    };
  }

  private static boolean negates(String relation) {
    return switch (relation) {
      case "ne", "ge", "hs", "le", "ls" -> true;
      default -> false;
    };
  }

  private static Relation ofIntegers(Operation op, String type, String relation) {
    boolean wide = type.endsWith("64");
    boolean signed = type.startsWith("s");
    return switch (relation) {
      case "eq", "ne" -> wide ? CompareOps::equalLongs : CompareOps::equalWords;
      case "lt", "gt", "le", "ge" -> {
        if (type.startsWith("b")) {
          throw op.refuse("bits have no order");
        }
        yield less(wide, signed);
      }
      case "lo", "hi", "ls", "hs" -> less(wide, false);
      default -> throw op.refuse("relation .%s is not known", relation);
    };
  }

  private static Relation less(boolean wide, boolean signed) {
    if (wide) {
      return signed ? CompareOps::lessLongs : CompareOps::lessUnsignedLongs;
    }
    return signed ? CompareOps::lessWords : CompareOps::lessUnsignedWords;
  }

  private static int equalWords(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] == b[i] ? 1 : 0) << i;
    }
    return holds;
  }

  private static int lessWords(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] < b[i] ? 1 : 0) << i;
    }
    return holds;
  }

  private static int lessUnsignedWords(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] + Integer.MIN_VALUE < b[i] + Integer.MIN_VALUE ? 1 : 0) << i;
    }
    return holds;
  }

  private static int equalLongs(Warp warp, int left, int right) {
    long[] a = warp.longs[left];
    long[] b = warp.longs[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] == b[i] ? 1 : 0) << i;
    }
    return holds;
  }

  private static int lessLongs(Warp warp, int left, int right) {
    long[] a = warp.longs[left];
    long[] b = warp.longs[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] < b[i] ? 1 : 0) << i;
    }
    return holds;
  }

  private static int lessUnsignedLongs(Warp warp, int left, int right) {
    long[] a = warp.longs[left];
    long[] b = warp.longs[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (a[i] + Long.MIN_VALUE < b[i] + Long.MIN_VALUE ? 1 : 0) << i;
    }
    return holds;
  }

  // Floats: the ordered relations are false for a NaN, the unordered ones are true, so that each
  // unordered one is the opposite of an ordered one.

  private static boolean swapsFloat(String relation) {
    return switch (relation) {
      case "gt", "ge", "ltu", "leu" -> true;
      default -> false;
    };
  }

  private static boolean negatesFloat(String relation) {
    return relation.endsWith("u") || relation.equals("nan");
  }

  private static Relation ofFloats(Operation op, String relation) {
    return switch (relation) {
      case "eq", "neu" -> CompareOps::equalFloats;
      case "ne", "equ" -> CompareOps::differentFloats;
      case "lt", "gt", "geu", "leu" -> CompareOps::lessFloats;
      case "le", "ge", "gtu", "ltu" -> CompareOps::lessOrEqualFloats;
      case "num", "nan" -> CompareOps::comparableFloats;
      default -> throw op.refuse("relation .%s is not known", relation);
    };
  }

  private static int equalFloats(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (Float.intBitsToFloat(a[i]) == Float.intBitsToFloat(b[i]) ? 1 : 0) << i;
    }
    return holds;
  }

  private static int differentFloats(Warp warp, int left, int right) {
    return comparableFloats(warp, left, right) & ~equalFloats(warp, left, right);
  }

  private static int lessFloats(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (Float.intBitsToFloat(a[i]) < Float.intBitsToFloat(b[i]) ? 1 : 0) << i;
    }
    return holds;
  }

  private static int lessOrEqualFloats(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      holds |= (Float.intBitsToFloat(a[i]) <= Float.intBitsToFloat(b[i]) ? 1 : 0) << i;
    }
    return holds;
  }

  private static int comparableFloats(Warp warp, int left, int right) {
    int[] a = warp.words[left];
    int[] b = warp.words[right];
    int holds = 0;
    for (int i = 0; i < LANES; i++) {
      boolean nan =
          Float.isNaN(Float.intBitsToFloat(a[i])) || Float.isNaN(Float.intBitsToFloat(b[i]));
      holds |= (nan ? 0 : 1) << i;
    }
    return holds;
  }
}
