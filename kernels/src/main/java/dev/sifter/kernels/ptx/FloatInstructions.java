package dev.sifter.kernels.ptx;

/**
 * Binary32 arithmetic. Rounding is always written out, since without it NVIDIA's compiler may fuse
 * a product and a sum; subnormal numbers are kept except where a method says otherwise. What is
 * called approximate is so within the units in the last place that the CUDA programming guide
 * gives; everything else is rounded correctly, hence equal to Java's {@code float} arithmetic bit
 * for bit.
 */
abstract class FloatInstructions extends IntegerInstructions {

  FloatInstructions() {}

  /** A constant. */
  public final F32 constant(float value) {
    return define(newF32(), "mov.f32", real(value));
  }

  /** A variable: a register that can be {@linkplain #assign assigned} again. */
  public final F32 variable(F32 initial) {
    return define(newF32(), "mov.f32", initial);
  }

  /** A variable: a register that can be {@linkplain #assign assigned} again. */
  public final F32 variable(float initial) {
    return constant(initial);
  }

  /** Gives a variable another value. */
  public final void assign(F32 variable, F32 value) {
    move(variable, value, "mov.f32");
  }

  /** a + b. */
  public final F32 add(F32 a, F32 b) {
    return define(newF32(), "add.rn.f32", a, b);
  }

  /** a + b. */
  public final F32 add(F32 a, float b) {
    return define(newF32(), "add.rn.f32", a, real(b));
  }

  /** a − b. */
  public final F32 sub(F32 a, F32 b) {
    return define(newF32(), "sub.rn.f32", a, b);
  }

  /** a · b. */
  public final F32 mul(F32 a, F32 b) {
    return define(newF32(), "mul.rn.f32", a, b);
  }

  /** a · b. */
  public final F32 mul(F32 a, float b) {
    return define(newF32(), "mul.rn.f32", a, real(b));
  }

  /** a · b + c, rounded once. */
  public final F32 fma(F32 a, F32 b, F32 c) {
    return define(newF32(), "fma.rn.f32", a, b, c);
  }

  /** a · b + c, rounded once. */
  public final F32 fma(F32 a, float b, F32 c) {
    return define(newF32(), "fma.rn.f32", a, real(b), c);
  }

  /** a · b + c, rounded once. */
  public final F32 fma(F32 a, F32 b, float c) {
    return define(newF32(), "fma.rn.f32", a, b, real(c));
  }

  /** a · b + c, rounded once. */
  public final F32 fma(F32 a, float b, float c) {
    return define(newF32(), "fma.rn.f32", a, real(b), real(c));
  }

  /** a / b. */
  public final F32 div(F32 a, F32 b) {
    return define(newF32(), "div.rn.f32", a, b);
  }

  /** 1 / a. */
  public final F32 reciprocal(F32 a) {
    return define(newF32(), "rcp.rn.f32", a);
  }

  /** √a. */
  public final F32 sqrt(F32 a) {
    return define(newF32(), "sqrt.rn.f32", a);
  }

  /** 2ᵃ within 2 units in the last place; subnormal numbers count as 0. */
  public final F32 exp2Approximate(F32 a) {
    return define(newF32(), "ex2.approx.ftz.f32", a);
  }

  /** log₂ a within 2⁻²² near 1, 3 units in the last place elsewhere. */
  public final F32 log2Approximate(F32 a) {
    return define(newF32(), "lg2.approx.f32", a);
  }

  /** The larger one; the other one where one is NaN. */
  public final F32 max(F32 a, F32 b) {
    return define(newF32(), "max.f32", a, b);
  }

  /** The larger one; b where a is NaN. */
  public final F32 max(F32 a, float b) {
    return define(newF32(), "max.f32", a, real(b));
  }

  /** −a. */
  public final F32 neg(F32 a) {
    return define(newF32(), "neg.f32", a);
  }

  /** |a|. */
  public final F32 abs(F32 a) {
    return define(newF32(), "abs.f32", a);
  }

  /** a where p holds, b elsewhere. */
  public final F32 select(Pred p, F32 a, F32 b) {
    return define(newF32(), "selp.f32", a, b, p);
  }

  /** a where p holds, b elsewhere. */
  public final F32 select(Pred p, F32 a, float b) {
    return define(newF32(), "selp.f32", a, real(b), p);
  }

  /** a where p holds, b elsewhere. */
  public final F32 select(Pred p, float a, F32 b) {
    return define(newF32(), "selp.f32", real(a), b, p);
  }

  /** a = b; false where one is NaN. */
  public final Pred eq(F32 a, F32 b) {
    return define(newPred(), "setp.eq.f32", a, b);
  }

  /** a = b; false where one is NaN. */
  public final Pred eq(F32 a, float b) {
    return define(newPred(), "setp.eq.f32", a, real(b));
  }

  /** a &gt; b; false where one is NaN. */
  public final Pred gt(F32 a, F32 b) {
    return define(newPred(), "setp.gt.f32", a, b);
  }

  /** a &gt; b; false where one is NaN. */
  public final Pred gt(F32 a, float b) {
    return define(newPred(), "setp.gt.f32", a, real(b));
  }

  /** a &lt; b; false where one is NaN. */
  public final Pred lt(F32 a, float b) {
    return define(newPred(), "setp.lt.f32", a, real(b));
  }

  // Conversions.

  /** The bits of a number. */
  public final B32 bits(F32 a) {
    return define(newB32(), "mov.b32", a);
  }

  /** The number with these bits. */
  public final F32 number(B32 bits) {
    return define(newF32(), "mov.b32", bits);
  }

  /** A signed whole number, rounded to nearest. */
  public final F32 toFloatSigned(B32 a) {
    return define(newF32(), "cvt.rn.f32.s32", a);
  }

  /** A whole number, rounded to nearest. */
  public final F32 toFloat(B32 a) {
    return define(newF32(), "cvt.rn.f32.u32", a);
  }

  /** The nearest whole number from 0 to 2³² − 1; of a NaN, 0. */
  public final B32 toWhole(F32 a) {
    return define(newB32(), "cvt.rni.u32.f32", a);
  }

  /** Two bfloat16 numbers, rounded to nearest, ties to even. */
  public final B32 packBfloat16(F32 low, F32 high) {
    return define(newB32(), "cvt.rn.bf16x2.f32", high, low);
  }

  /** Two binary16 numbers, rounded to nearest, ties to even. */
  public final B32 packFloat16(F32 low, F32 high) {
    return define(newB32(), "cvt.rn.f16x2.f32", high, low);
  }

  static Operand real(float value) {
    return new Operand.Real(value);
  }
}
