package dev.sifter.kernels.ptx;

import java.util.List;

/** Whole numbers and bits. Numbers are unsigned and wrap, unless a method's name says otherwise. */
abstract class IntegerInstructions extends InstructionStream {

  IntegerInstructions() {}

  /** A constant. */
  public final B32 constant(int value) {
    return define(newB32(), "mov.u32", whole(value));
  }

  /** A variable: a register that can be {@linkplain #assign assigned} again. */
  public final B32 variable(B32 initial) {
    return define(newB32(), "mov.u32", initial);
  }

  /** Gives a variable another value. */
  public final void assign(B32 variable, B32 value) {
    move(variable, value, "mov.u32");
  }

  /** a + b. */
  public final B32 add(B32 a, B32 b) {
    return define(newB32(), "add.u32", a, b);
  }

  /** a + b. */
  public final B32 add(B32 a, int b) {
    return b == 0 ? a : define(newB32(), "add.u32", a, whole(b));
  }

  /** a − b. */
  public final B32 sub(B32 a, B32 b) {
    return define(newB32(), "sub.u32", a, b);
  }

  /** The lower half of a · b. */
  public final B32 mul(B32 a, B32 b) {
    return define(newB32(), "mul.lo.u32", a, b);
  }

  /** The lower half of a · b. */
  public final B32 mul(B32 a, int b) {
    return b == 1 ? a : define(newB32(), "mul.lo.u32", a, whole(b));
  }

  /** The lower half of a · b + c. */
  public final B32 mad(B32 a, int b, B32 c) {
    return define(newB32(), "mad.lo.u32", a, whole(b), c);
  }

  /** The lower half of a · b + c. */
  public final B32 mad(B32 a, B32 b, B32 c) {
    return define(newB32(), "mad.lo.u32", a, b, c);
  }

  /** a / b, rounded down. */
  public final B32 div(B32 a, int b) {
    return Integer.bitCount(b) == 1
        ? shr(a, Integer.numberOfTrailingZeros(b))
        : define(newB32(), "div.u32", a, whole(b));
  }

  /** a / b, rounded down. */
  public final B32 div(B32 a, B32 b) {
    return define(newB32(), "div.u32", a, b);
  }

  /** a mod b. */
  public final B32 rem(B32 a, int b) {
    return Integer.bitCount(b) == 1 ? and(a, b - 1) : define(newB32(), "rem.u32", a, whole(b));
  }

  /** a mod b. */
  public final B32 rem(B32 a, B32 b) {
    return define(newB32(), "rem.u32", a, b);
  }

  /** The smaller one. */
  public final B32 min(B32 a, B32 b) {
    return define(newB32(), "min.u32", a, b);
  }

  /** The smaller one. */
  public final B32 min(B32 a, int b) {
    return define(newB32(), "min.u32", a, whole(b));
  }

  /** The larger one. */
  public final B32 max(B32 a, B32 b) {
    return define(newB32(), "max.u32", a, b);
  }

  /** The larger one, of signed numbers. */
  public final B32 maxSigned(B32 a, int b) {
    return define(newB32(), "max.s32", a, whole(b));
  }

  /** Bits that are set in both. */
  public final B32 and(B32 a, B32 b) {
    return define(newB32(), "and.b32", a, b);
  }

  /** Bits that are set in both. */
  public final B32 and(B32 a, int b) {
    return define(newB32(), "and.b32", a, whole(b));
  }

  /** Bits that are set in either. */
  public final B32 or(B32 a, B32 b) {
    return define(newB32(), "or.b32", a, b);
  }

  /** Bits that are set in either. */
  public final B32 or(B32 a, int b) {
    return define(newB32(), "or.b32", a, whole(b));
  }

  /** Bits that differ. */
  public final B32 xor(B32 a, B32 b) {
    return define(newB32(), "xor.b32", a, b);
  }

  /** Bits that differ. */
  public final B32 xor(B32 a, int b) {
    return define(newB32(), "xor.b32", a, whole(b));
  }

  /** a · 2ᵇ. */
  public final B32 shl(B32 a, int b) {
    return b == 0 ? a : define(newB32(), "shl.b32", a, whole(b));
  }

  /** a · 2ᵇ. */
  public final B32 shl(B32 a, B32 b) {
    return define(newB32(), "shl.b32", a, b);
  }

  /** a / 2ᵇ, rounded down. */
  public final B32 shr(B32 a, int b) {
    return b == 0 ? a : define(newB32(), "shr.u32", a, whole(b));
  }

  /** a / 2ᵇ, rounded down. */
  public final B32 shr(B32 a, B32 b) {
    return define(newB32(), "shr.u32", a, b);
  }

  /** The lower halves of two words, that of the first below that of the second. */
  public final B32 lowerHalves(B32 first, B32 second) {
    return define(newB32(), "prmt.b32", first, second, whole(0x5410));
  }

  /** The upper halves of two words, that of the first below that of the second. */
  public final B32 upperHalves(B32 first, B32 second) {
    return define(newB32(), "prmt.b32", first, second, whole(0x7632));
  }

  /** Number of bits set. */
  public final B32 popCount(B32 a) {
    return define(newB32(), "popc.b32", a);
  }

  /** Number of zeros before the highest bit set. */
  public final B32 leadingZeros(B32 a) {
    return define(newB32(), "clz.b32", a);
  }

  // Sixty-four bits.

  /** a · b in full. */
  public final B64 mulWide(B32 a, B32 b) {
    return define(newB64(), "mul.wide.u32", a, b);
  }

  /** a · b in full. */
  public final B64 mulWide(B32 a, int b) {
    return define(newB64(), "mul.wide.u32", a, whole(b));
  }

  /** a · b + c, the product in full. */
  public final B64 madWide(B32 a, int b, B64 c) {
    return define(newB64(), "mad.wide.u32", a, whole(b), c);
  }

  /** a + b. */
  public final B64 add(B64 a, B64 b) {
    return define(newB64(), "add.u64", a, b);
  }

  /** a · 2ᵇ. */
  public final B64 shl(B64 a, int b) {
    return b == 0 ? a : define(newB64(), "shl.b64", a, whole(b));
  }

  /** A number of two halves. */
  public final B64 pack(B32 low, B32 high) {
    Operand halves = new Operand.Group(List.of(low, high));
    return define(newB64(), "mov.b64", halves);
  }

  /** The lower and the upper half. */
  public final List<B32> halves(B64 a) {
    List<B32> halves = List.of(newB32(), newB32());
    emit(null, false, "mov.b64", List.of(new Operand.Group(halves)), List.of(a));
    return halves;
  }

  // Comparisons and choices.

  /** a = b. */
  public final Pred eq(B32 a, B32 b) {
    return define(newPred(), "setp.eq.u32", a, b);
  }

  /** a = b. */
  public final Pred eq(B32 a, int b) {
    return define(newPred(), "setp.eq.u32", a, whole(b));
  }

  /** a ≠ b. */
  public final Pred ne(B32 a, int b) {
    return define(newPred(), "setp.ne.u32", a, whole(b));
  }

  /** a &lt; b. */
  public final Pred lt(B32 a, B32 b) {
    return define(newPred(), "setp.lt.u32", a, b);
  }

  /** a &lt; b. */
  public final Pred lt(B32 a, int b) {
    return define(newPred(), "setp.lt.u32", a, whole(b));
  }

  /** a ≤ b. */
  public final Pred le(B32 a, B32 b) {
    return define(newPred(), "setp.le.u32", a, b);
  }

  /** a ≥ b. */
  public final Pred ge(B32 a, B32 b) {
    return define(newPred(), "setp.ge.u32", a, b);
  }

  /** a ≥ b. */
  public final Pred ge(B32 a, int b) {
    return define(newPred(), "setp.ge.u32", a, whole(b));
  }

  /** Both. */
  public final Pred and(Pred a, Pred b) {
    return define(newPred(), "and.pred", a, b);
  }

  /** Either. */
  public final Pred or(Pred a, Pred b) {
    return define(newPred(), "or.pred", a, b);
  }

  /** The opposite. */
  public final Pred not(Pred a) {
    return define(newPred(), "not.pred", a);
  }

  /** a where p holds, b elsewhere. */
  public final B32 select(Pred p, B32 a, B32 b) {
    return define(newB32(), "selp.b32", a, b, p);
  }

  /** a where p holds, b elsewhere. */
  public final B32 select(Pred p, int a, int b) {
    return define(newB32(), "selp.b32", whole(a), whole(b), p);
  }

  static Operand whole(long value) {
    return new Operand.Whole(value);
  }
}
