package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatSemanticsTest {
  private static final float SUBNORMAL = 0x1p-140f;
  private static final float INF = Float.POSITIVE_INFINITY;
  private static final float NAN = Float.NaN;

  /** Computes %f3 or %r3 of %f1 and %f2, which are the lane's numbers in both arrays. */
  private static int[] compute(String statement, float[] a, float[] b) {
    int[] in = new int[64];
    System.arraycopy(PtxLab.bits(a), 0, in, 0, a.length);
    System.arraycopy(PtxLab.bits(b), 0, in, 32, b.length);
    boolean toFloat = statement.contains("%f3");
    return PtxLab.run(
        "ld.global.f32 %f1, [%d2]; ld.global.f32 %f2, [%d2+128];"
            + statement
            + "st.global.b32 [%d3], "
            + (toFloat ? "%f3;" : "%r3;"),
        in);
  }

  private static int one(String statement, float a, float b) {
    return compute(statement, new float[] {a}, new float[] {b})[0];
  }

  private static float number(String statement, float a, float b) {
    return Float.intBitsToFloat(one(statement, a, b));
  }

  @Test
  void subnormalNumbersAreKept() {
    assertThat(number("mul.rn.f32 %f3, %f1, %f2;", SUBNORMAL, 2f)).isEqualTo(0x1p-139f);
    assertThat(number("add.rn.f32 %f3, %f1, %f2;", SUBNORMAL, SUBNORMAL)).isEqualTo(0x1p-139f);
    assertThat(number("div.rn.f32 %f3, %f1, %f2;", SUBNORMAL, 2f)).isEqualTo(0x1p-141f);
    assertThat(number("rcp.rn.f32 %f3, %f1;", 3e38f, 0)).isEqualTo(1 / 3e38f).isLessThan(1e-38f);
  }

  @Test
  void fmaRoundsOnce() {
    // (1+2⁻¹²)² − 1 = 2⁻¹¹ + 2⁻²⁴; rounding the square first loses the second term.
    float x = 1 + 0x1p-12f;
    assertThat(number("mov.f32 %f4, 0fBF800000; fma.rn.f32 %f3, %f1, %f2, %f4;", x, x))
        .isEqualTo(0x1p-11f + 0x1p-24f);
    assertThat(
            number(
                "mul.rn.f32 %f4, %f1, %f2; mov.f32 %f5, 0f3F800000; sub.rn.f32 %f3, %f4, %f5;",
                x, x))
        .isEqualTo(0x1p-11f);
  }

  @Test
  void everyNanIsTheSame() {
    assertThat(one("add.rn.f32 %f3, %f1, %f2;", INF, -INF)).isEqualTo(0x7fffffff);
    assertThat(one("mul.rn.f32 %f3, %f1, %f2;", 0, INF)).isEqualTo(0x7fffffff);
    assertThat(one("sqrt.rn.f32 %f3, %f1;", -1, 0)).isEqualTo(0x7fffffff);
    assertThat(one("fma.rn.f32 %f3, %f1, %f2, %f2;", Float.intBitsToFloat(0xffc12345), 1))
        .isEqualTo(0x7fffffff);
  }

  @Test
  void extremesIgnoreNanAndOrderZeros() {
    assertThat(number("max.f32 %f3, %f1, %f2;", NAN, 3)).isEqualTo(3);
    assertThat(number("max.f32 %f3, %f1, %f2;", 3, NAN)).isEqualTo(3);
    assertThat(number("min.f32 %f3, %f1, %f2;", NAN, 3)).isEqualTo(3);
    assertThat(one("min.f32 %f3, %f1, %f2;", NAN, NAN)).isEqualTo(0x7fffffff);
    assertThat(one("max.f32 %f3, %f1, %f2;", -0f, 0f)).isZero();
    assertThat(one("min.f32 %f3, %f1, %f2;", 0f, -0f)).isEqualTo(0x80000000);
    assertThat(number("max.f32 %f3, %f1, %f2;", -INF, -3)).isEqualTo(-3);
  }

  @Test
  void signsAreBits() {
    assertThat(one("neg.f32 %f3, %f1;", 0f, 0)).isEqualTo(0x80000000);
    assertThat(one("abs.f32 %f3, %f1;", -0f, 0)).isZero();
    assertThat(number("abs.f32 %f3, %f1;", -INF, 0)).isEqualTo(INF);
  }

  @ParameterizedTest
  @CsvSource({
    // relation; holds for 1<2, 2<1, 1=1, NaN
    "lt, true, false, false, false",
    "le, true, false, true, false",
    "gt, false, true, false, false",
    "ge, false, true, true, false",
    "eq, false, false, true, false",
    "ne, true, true, false, false",
    "ltu, true, false, false, true",
    "leu, true, false, true, true",
    "gtu, false, true, false, true",
    "geu, false, true, true, true",
    "equ, false, false, true, true",
    "neu, true, true, false, true",
    "num, true, true, true, false",
    "nan, false, false, false, true",
  })
  void comparisonsWithNan(
      String relation, boolean less, boolean greater, boolean equal, boolean nan) {
    String compare = "setp." + relation + ".f32 %p0, %f1, %f2; selp.b32 %r3, 1, 0, %p0;";
    float[] a = {1, 2, 1, NAN, 1, NAN};
    float[] b = {2, 1, 1, 1, NAN, NAN};
    int[] out = compare(compare, a, b);
    assertThat(out).containsExactly(is(less), is(greater), is(equal), is(nan), is(nan), is(nan));
  }

  private static int[] compare(String statement, float[] a, float[] b) {
    return java.util.Arrays.copyOf(compute(statement, a, b), a.length);
  }

  private static int is(boolean holds) {
    return holds ? 1 : 0;
  }

  @Test
  void approximationsAreTheNearestFloats() {
    Random random = new Random(2);
    float[] x = new float[32];
    float[] positive = new float[32];
    for (int i = 0; i < 32; i++) {
      x[i] = (random.nextFloat() - 0.5f) * 250;
      positive[i] = (float) Math.exp((random.nextDouble() - 0.5) * 170);
    }
    int[] exp2 = compute("ex2.approx.ftz.f32 %f3, %f1;", x, x);
    int[] log2 = compute("lg2.approx.ftz.f32 %f3, %f1;", positive, x);
    int[] rsqrt = compute("rsqrt.approx.ftz.f32 %f3, %f1;", positive, x);
    int[] rcp = compute("rcp.approx.ftz.f32 %f3, %f1;", positive, x);
    for (int i = 0; i < 32; i++) {
      assertThat(Float.intBitsToFloat(exp2[i])).isEqualTo((float) StrictMath.pow(2, x[i]));
      // log(x)/log(2) in double is good to 1e-15, so that rounding it to float may differ by one
      // unit where the quotient lies in the middle of two floats.
      float logarithm = (float) (StrictMath.log(positive[i]) / StrictMath.log(2));
      assertThat(Float.intBitsToFloat(log2[i]))
          .isBetween(Math.nextDown(logarithm), Math.nextUp(logarithm));
      BigDecimal exact =
          BigDecimal.ONE.divide(
              new BigDecimal(positive[i]).sqrt(MathContext.DECIMAL128), MathContext.DECIMAL128);
      assertThat(Float.intBitsToFloat(rsqrt[i])).isEqualTo(exact.floatValue());
      assertThat(Float.intBitsToFloat(rcp[i]))
          .isEqualTo(
              BigDecimal.ONE
                  .divide(new BigDecimal(positive[i]), MathContext.DECIMAL128)
                  .floatValue());
    }
  }

  @Test
  void approximationsAtTheEdges() {
    assertThat(number("ex2.approx.ftz.f32 %f3, %f1;", -INF, 0)).isZero();
    assertThat(number("ex2.approx.ftz.f32 %f3, %f1;", INF, 0)).isEqualTo(INF);
    assertThat(number("ex2.approx.ftz.f32 %f3, %f1;", 128, 0)).isEqualTo(INF);
    assertThat(number("ex2.approx.ftz.f32 %f3, %f1;", 127, 0)).isEqualTo(0x1p127f);
    assertThat(number("ex2.approx.ftz.f32 %f3, %f1;", -130, 0)).isZero();
    assertThat(number("ex2.approx.f32 %f3, %f1;", -130, 0)).isEqualTo(0x1p-130f);
    assertThat(one("ex2.approx.ftz.f32 %f3, %f1;", NAN, 0)).isEqualTo(0x7fffffff);
    assertThat(number("lg2.approx.ftz.f32 %f3, %f1;", 0, 0)).isEqualTo(-INF);
    assertThat(number("lg2.approx.ftz.f32 %f3, %f1;", SUBNORMAL, 0)).isEqualTo(-INF);
    assertThat(number("lg2.approx.f32 %f3, %f1;", 0x1p-140f, 0)).isEqualTo(-140);
    assertThat(one("lg2.approx.ftz.f32 %f3, %f1;", -1, 0)).isEqualTo(0x7fffffff);
    assertThat(number("rcp.approx.ftz.f32 %f3, %f1;", -0f, 0)).isEqualTo(-INF);
    assertThat(number("rcp.approx.ftz.f32 %f3, %f1;", 0x1p127f, 0)).isZero();
    assertThat(number("rsqrt.approx.ftz.f32 %f3, %f1;", SUBNORMAL, 0)).isEqualTo(INF);
    assertThat(number("sqrt.approx.f32 %f3, %f1;", 2, 0)).isEqualTo((float) Math.sqrt(2));
  }

  @ParameterizedTest
  @CsvSource({
    // 1 + 2⁻⁸ lies in the middle of 1 and 1 + 2⁻⁷: the even one is 1.
    "0x3f808000, 0x3f80",
    "0x3f818000, 0x3f82",
    "0x3f808001, 0x3f81",
    "0x7f7fffff, 0x7f80",
    "0xff7fffff, 0xff80",
    "0x7f800000, 0x7f80",
    "0x7f800001, 0x7fff",
    "0xffffffff, 0x7fff",
    "0x00000001, 0x0000",
    "0x80000000, 0x8000",
    "0x0000c000, 0x0001",
  })
  void bfloat16RoundsToEven(String from, String to) {
    int bits = (int) (long) Long.decode(from);
    int out = one("cvt.rn.bf16.f32 %h0, %f1; cvt.u32.u16 %r3, %h0;", Float.intBitsToFloat(bits), 0);
    assertThat(out).isEqualTo(Integer.decode(to));
  }

  @Test
  void packingPutsTheFirstOperandOnTop() {
    assertThat(one("cvt.rn.bf16x2.f32 %r3, %f1, %f2;", 1, -2)).isEqualTo(0x3f80c000);
    assertThat(one("cvt.rn.f16x2.f32 %r3, %f1, %f2;", 1, -2)).isEqualTo(0x3c00c000);
    assertThat(one("cvt.rn.f16x2.f32 %r3, %f1, %f2;", NAN, 1e6f)).isEqualTo(0x7fff7c00);
    assertThat(one("cvt.rn.bf16.f32 %h0, %f1; cvt.f32.bf16 %f3, %h0;", 1.5f, 0))
        .isEqualTo(Float.floatToRawIntBits(1.5f));
    assertThat(one("cvt.rn.f16.f32 %h0, %f1; cvt.f32.f16 %f3, %h0;", 0x1p-24f, 0))
        .isEqualTo(Float.floatToRawIntBits(0x1p-24f));
    // 10 bits of fraction stay; a tie goes away from zero.
    assertThat(number("cvt.rna.tf32.f32 %r1, %f1; mov.b32 %f3, %r1;", 1 + 0x1p-11f, 0))
        .isEqualTo(1 + 0x1p-10f);
  }

  @ParameterizedTest
  @CsvSource({
    "rzi.s32, 2.7, 2",
    "rzi.s32, -2.7, -2",
    "rni.s32, 2.5, 2",
    "rni.s32, 3.5, 4",
    "rmi.s32, -2.1, -3",
    "rpi.s32, 2.1, 3",
    "rzi.s32, 3e9, 2147483647",
    "rzi.s32, -3e9, -2147483648",
    "rzi.s32, NaN, 0",
    "rzi.u32, -5, 0",
    "rzi.u32, 3e9, -1294967296",
    "rzi.u32, 5e9, -1",
  })
  void toIntegersRoundsAndClamps(String form, float value, int expected) {
    assertThat(one("cvt." + form + ".f32 %r3, %f1;", value, 0)).isEqualTo(expected);
  }

  @Test
  void fromIntegersRoundsToNearest() {
    String load = "mov.b32 %r1, %f1; ";
    assertThat(number(load + "cvt.rn.f32.s32 %f3, %r1;", Float.intBitsToFloat(-16777219), 0))
        .isEqualTo(-16777220f);
    assertThat(number(load + "cvt.rn.f32.u32 %f3, %r1;", Float.intBitsToFloat(-1), 0))
        .isEqualTo(0x1p32f);
  }
}
