package dev.sifter.kernels.gpu.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntegerSemanticsTest {
  private static final BigInteger TWO_32 = BigInteger.ONE.shiftLeft(32);

  /** Loads two words a thread, of lane i and i+32, computes and stores one. */
  private static int[] compute(String statement, int[] a, int[] b) {
    int[] in = new int[64];
    System.arraycopy(a, 0, in, 0, 32);
    System.arraycopy(b, 0, in, 32, 32);
    return PtxLab.run(
        "ld.global.u32 %r1, [%d2]; ld.global.u32 %r2, [%d2+128];"
            + statement
            + "st.global.u32 [%d3], %r3;",
        in);
  }

  private static int one(String statement, int a, int b) {
    int[] as = new int[32];
    int[] bs = new int[32];
    java.util.Arrays.fill(as, a);
    java.util.Arrays.fill(bs, b);
    return compute(statement, as, bs)[7];
  }

  private static BigInteger unsigned(int value) {
    return BigInteger.valueOf(value & 0xffffffffL);
  }

  private static void checkAgainst(
      String statement, boolean signed, BinaryOperator<BigInteger> exact) {
    Random random = new Random(1);
    int[] a = new int[32];
    int[] b = new int[32];
    int[] edges = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x10000};
    for (int i = 0; i < 32; i++) {
      a[i] = i < edges.length ? edges[i] : random.nextInt();
      b[i] = i % 5 == 0 ? edges[i / 5 % edges.length] : random.nextInt();
    }
    int[] actual = compute(statement, a, b);
    for (int i = 0; i < 32; i++) {
      BigInteger x = signed ? BigInteger.valueOf(a[i]) : unsigned(a[i]);
      BigInteger y = signed ? BigInteger.valueOf(b[i]) : unsigned(b[i]);
      assertThat(actual[i])
          .as("%s of %d and %d", statement, a[i], b[i])
          .isEqualTo(exact.apply(x, y).intValue());
    }
  }

  @Test
  void arithmeticWrapsAround() {
    checkAgainst("add.s32 %r3, %r1, %r2;", true, BigInteger::add);
    checkAgainst("sub.u32 %r3, %r1, %r2;", false, BigInteger::subtract);
    checkAgainst("mul.lo.u32 %r3, %r1, %r2;", false, BigInteger::multiply);
    checkAgainst("mad.lo.s32 %r3, %r1, %r2, %r1;", true, (a, b) -> a.multiply(b).add(a));
  }

  @Test
  void highHalvesDifferBySign() {
    checkAgainst("mul.hi.u32 %r3, %r1, %r2;", false, (a, b) -> a.multiply(b).shiftRight(32));
    checkAgainst("mul.hi.s32 %r3, %r1, %r2;", true, (a, b) -> a.multiply(b).shiftRight(32));
    checkAgainst(
        "mad.hi.u32 %r3, %r1, %r2, %r2;", false, (a, b) -> a.multiply(b).shiftRight(32).add(b));
  }

  @Test
  void wideProductsHaveAllBits() {
    checkAgainst(
        "mul.wide.u32 %d5, %r1, %r2; mov.b64 {%r4, %r3}, %d5;",
        false, (a, b) -> a.multiply(b).shiftRight(32));
    checkAgainst(
        "mul.wide.s32 %d5, %r1, %r2; mov.b64 {_, %r3}, %d5;",
        true, (a, b) -> a.multiply(b).shiftRight(32));
    checkAgainst(
        "cvt.u64.u32 %d6, %r2; mad.wide.u32 %d5, %r1, %r2, %d6; mov.b64 {%r4, %r3}, %d5;",
        false, (a, b) -> a.multiply(b).add(b).shiftRight(32));
    checkAgainst(
        "cvt.s64.s32 %d6, %r2; mad.wide.s32 %d5, %r1, %r2, %d6; mov.b64 {%r4, %r3}, %d5;",
        true, (a, b) -> a.multiply(b).add(b).shiftRight(32));
  }

  @Test
  void orderDiffersBySign() {
    checkAgainst("min.u32 %r3, %r1, %r2;", false, BigInteger::min);
    checkAgainst("max.u32 %r3, %r1, %r2;", false, BigInteger::max);
    checkAgainst("min.s32 %r3, %r1, %r2;", true, BigInteger::min);
    checkAgainst("max.s32 %r3, %r1, %r2;", true, BigInteger::max);
  }

  /** Which PTX leaves to the device: what an H200 gives. */
  @Test
  void divisionByZeroGivesAllOnes() {
    BigInteger ones = TWO_32.subtract(BigInteger.ONE);
    checkAgainst("div.u32 %r3, %r1, %r2;", false, (a, b) -> b.signum() == 0 ? ones : a.divide(b));
    checkAgainst(
        "rem.u32 %r3, %r1, %r2;", false, (a, b) -> b.signum() == 0 ? ones : a.remainder(b));
  }

  @Test
  void comparisonsDifferBySign() {
    checkAgainst(
        "setp.lt.s32 %p0, %r1, %r2; selp.b32 %r3, 1, 0, %p0;",
        true, (a, b) -> is(a.compareTo(b) < 0));
    checkAgainst(
        "setp.ge.u32 %p0, %r1, %r2; selp.b32 %r3, 1, 0, %p0;",
        false, (a, b) -> is(a.compareTo(b) >= 0));
    checkAgainst(
        "setp.gt.s32 %p0, %r1, %r2; selp.b32 %r3, 1, 0, %p0;",
        true, (a, b) -> is(a.compareTo(b) > 0));
    checkAgainst(
        "setp.le.u32 %p0, %r1, %r2; selp.b32 %r3, 1, 0, %p0;",
        false, (a, b) -> is(a.compareTo(b) <= 0));
    checkAgainst(
        "setp.ne.u32 %p0, %r1, %r2; selp.b32 %r3, 1, 0, %p0;", false, (a, b) -> is(!a.equals(b)));
    checkAgainst(
        """
        cvt.s64.s32 %d5, %r1; cvt.s64.s32 %d6, %r2;
        setp.gt.s64 %p0, %d5, %d6; selp.b32 %r3, 1, 0, %p0;
        """,
        true, (a, b) -> is(a.compareTo(b) > 0));
  }

  private static BigInteger is(boolean holds) {
    return holds ? BigInteger.ONE : BigInteger.ZERO;
  }

  @ParameterizedTest
  @CsvSource({
    "shl.b32, 1, 31, 0x80000000",
    "shl.b32, 1, 32, 0",
    "shl.b32, 1, 0xffffffff, 0",
    "shr.u32, 0x80000000, 31, 1",
    "shr.u32, 0x80000000, 32, 0",
    "shr.s32, 0x80000000, 31, 0xffffffff",
    "shr.s32, 0x80000000, 40, 0xffffffff",
    "and.b32, 0xff00ff00, 0x0ff00ff0, 0x0f000f00",
    "or.b32, 0xff00ff00, 0x0ff00ff0, 0xfff0fff0",
    "xor.b32, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0",
  })
  void logicAndShifts(String opcode, String a, String b, String expected) {
    assertThat(one(opcode + " %r3, %r1, %r2;", word(a), word(b))).isEqualTo(word(expected));
  }

  private static int word(String text) {
    return (int) (long) Long.decode(text);
  }

  @ParameterizedTest
  @CsvSource({
    // The field of 8 bits at 4 of 0xabcdef12 is 0xf1.
    "'bfe.u32 %r3, %r1, 4, 8;', 0xabcdef12, 0, 0xf1",
    "'bfe.s32 %r3, %r1, 4, 8;', 0xabcdef12, 0, 0xfffffff1",
    "'bfe.u32 %r3, %r1, 28, 8;', 0xabcdef12, 0, 0xa",
    "'bfe.s32 %r3, %r1, 28, 8;', 0xabcdef12, 0, 0xfffffffa",
    "'bfe.u32 %r3, %r1, 3, 0;', 0xabcdef12, 0, 0",
    "'bfi.b32 %r3, %r1, %r2, 8, 12;', 0xfff, 0xaaaaaaaa, 0xaaafffaa",
    // Nibbles choose bytes: 0 to 3 of the first, 4 to 7 of the second.
    "'prmt.b32 %r3, %r1, %r2, 0x5410;', 0x44332211, 0x88776655, 0x66552211",
    "'prmt.b32 %r3, %r1, %r2, 0x7632;', 0x44332211, 0x88776655, 0x88774433",
    // With its top bit a nibble asks for the byte's sign only.
    "'prmt.b32 %r3, %r1, %r2, 0xf8f0;', 0x44332211, 0x88776655, 0xff00ff11",
    // 0x96 is the parity of three bits, 0xe8 their majority.
    "'lop3.b32 %r3, %r1, %r2, 0xff00ff00, 0x96;', 0xf0f0f0f0, 0xcccccccc, 0xc33cc33c",
    "'lop3.b32 %r3, %r1, %r2, 0xff00ff00, 0xe8;', 0xf0f0f0f0, 0xcccccccc, 0xfcc0fcc0",
    "'popc.b32 %r3, %r1;', 0xf0f0f001, 0, 13",
    "'clz.b32 %r3, %r1;', 0x00010000, 0, 15",
    "'clz.b32 %r3, %r1;', 0, 0, 32",
    "'brev.b32 %r3, %r1;', 0x1, 0, 0x80000000",
    "'not.b32 %r3, %r1;', 0x0f0f0f0f, 0, 0xf0f0f0f0",
    "'neg.s32 %r3, %r1;', 5, 0, 0xfffffffb",
    "'abs.s32 %r3, %r1;', 0xfffffffb, 0, 5",
  })
  void bitFields(String statement, String a, String b, String expected) {
    assertThat(one(statement, word(a), word(b))).isEqualTo(word(expected));
  }

  @Test
  void longArithmetic() {
    String pair = "mov.b64 %d5, {%r1, %r2}; ";
    // 0x00000002_80000000 = 2.5·2³²
    assertThat(one(pair + "add.u64 %d6, %d5, %d5; mov.b64 {%r4, %r3}, %d6;", 1 << 31, 2))
        .isEqualTo(5);
    assertThat(one(pair + "shl.b64 %d6, %d5, 1; mov.b64 {%r4, %r3}, %d6;", 1 << 31, 2))
        .isEqualTo(5);
    assertThat(one(pair + "shr.u64 %d6, %d5, 33; cvt.u32.u64 %r3, %d6;", 1 << 31, 2)).isEqualTo(1);
    assertThat(one(pair + "shr.s64 %d6, %d5, 70; cvt.u32.u64 %r3, %d6;", 0, -1)).isEqualTo(-1);
    assertThat(one(pair + "mul.lo.u64 %d6, %d5, 3; mov.b64 {%r4, %r3}, %d6;", 1 << 31, 2))
        .isEqualTo(7);
    assertThat(one(pair + "mul.hi.u64 %d6, %d5, %d5; cvt.u32.u64 %r3, %d6;", 1 << 31, 2))
        .isEqualTo(6);
    assertThat(one(pair + "clz.b64 %r3, %d5;", 1, 0)).isEqualTo(63);
  }

  @Test
  void halvesArePackedLowFirst() {
    assertThat(
            one(
                "mov.b32 {%h0, %h1}, %r1; mov.b32 {%h2, _}, %r2; mov.b32 %r3, {%h1, %h2};",
                0x11112222, 0x33334444))
        .isEqualTo(0x44441111);
    assertThat(one("cvt.u16.u32 %h0, %r1; cvt.u32.u16 %r3, %h0;", 0x12348765, 0)).isEqualTo(0x8765);
    assertThat(one("cvt.s32.s16 %r3, %r1;", 0x12348765, 0)).isEqualTo(0xffff8765);
    assertThat(one("cvt.s32.s8 %r3, %r1;", 0x12348785, 0)).isEqualTo(0xffffff85);
    assertThat(one("cvt.u32.u8 %r3, %r1;", 0x12348785, 0)).isEqualTo(0x85);
  }

  @Test
  void twoPredicatesAtOnceWithAThird() {
    String compare =
        """
        setp.eq.u32 %p2, %r2, 1;
        setp.lt.and.u32 %p0|%p1, %r1, 10, %p2;
        setp.lt.or.u32 %p3, %r1, 10, !%p2;
        selp.b32 %r3, 1, 0, %p0; selp.b32 %r4, 2, 0, %p1; selp.b32 %r5, 4, 0, %p3;
        or.b32 %r3, %r3, %r4; or.b32 %r3, %r3, %r5;
        """;
    assertThat(one(compare, 5, 1)).isEqualTo(1 | 4);
    assertThat(one(compare, 15, 1)).isEqualTo(2);
    assertThat(one(compare, 5, 0)).isEqualTo(4);
    assertThat(one(compare, 15, 0)).isEqualTo(4);
  }

  @Test
  void specialRegistersSayWhereAThreadIs() {
    int[] out =
        PtxLab.run(
            EmulatorOptions.defaults(),
            PtxLab.kernel(
                64,
                0,
                """
                mov.u32 %r1, %laneid; mov.u32 %r2, %ntid.x; mov.u32 %r3, %nctaid.x;
                mov.u32 %r4, %lanemask_lt; mov.u32 %r5, %ctaid.x; mov.u32 %r6, %ctaid.y;
                popc.b32 %r4, %r4;
                mad.lo.u32 %r1, %r1, 100, %r4; mad.lo.u32 %r1, %r5, 10000, %r1;
                mad.lo.u32 %r1, %r2, 100000, %r1; mad.lo.u32 %r1, %r3, 10000000, %r1;
                add.u32 %r1, %r1, %r6;
                st.global.u32 [%d3], %r1;
                """),
            3,
            192);
    assertThat(out[0]).isEqualTo(3_64_0_00_00 * 1 + 0);
    assertThat(out[64 * 2 + 37])
        .isEqualTo(3 * 10_000_000 + 64 * 100_000 + 2 * 10_000 + 5 * 100 + 5);
  }
}
