package dev.sifter.kernels.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.kernels.library.catalog.TrialCheck;
import dev.sifter.kernels.ptx.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConformanceTest {

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static byte[] shorts(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  private static long ulps(float left, float right) {
    return Conformance.of(ElementType.F32, floats(left), floats(right)).ulps();
  }

  @Test
  void countsTheNumbersInBetween() {
    assertThat(ulps(1, Math.nextUp(Math.nextUp(1f)))).isEqualTo(2);
    assertThat(ulps(-1, Math.nextDown(-1f))).isEqualTo(1);
    assertThat(ulps(1, 2)).isEqualTo(1 << 23);
    assertThat(ulps(0f, -0f)).isEqualTo(1);
    assertThat(ulps(Float.MIN_VALUE, -Float.MIN_VALUE)).isEqualTo(3);
    assertThat(ulps(Float.MAX_VALUE, Float.POSITIVE_INFINITY)).isEqualTo(1);
  }

  @Test
  void nanIsNearToNanOnly() {
    assertThat(ulps(Float.NaN, Float.intBitsToFloat(0xffc0_0001))).isZero();
    assertThat(ulps(Float.NaN, Float.POSITIVE_INFINITY)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void knowsTheHalfTypes() {
    // 1 and its neighbour; the smallest numbers below and above zero; NaN and infinity.
    byte[] left = shorts(0x3f80, 0x8001, 0x7fff);
    byte[] right = shorts(0x3f81, 0x0001, 0x7fc0);
    assertThat(Conformance.of(ElementType.BF16, left, right)).isEqualTo(new Conformance(3, 2, 3));
    assertThat(Conformance.of(ElementType.F16, shorts(0x7c00), shorts(0x7c01)).ulps())
        .isEqualTo(Long.MAX_VALUE);
    assertThat(Conformance.of(ElementType.F16, shorts(0x7c00), shorts(0x7bff)).ulps()).isOne();
  }

  @Test
  void bytesAreTheSameOrNot() {
    Conformance some = Conformance.of(null, new byte[] {1, 2, 3}, new byte[] {1, 5, 3});
    assertThat(some).isEqualTo(new Conformance(3, 1, Long.MAX_VALUE));
    assertThat(some.text()).isEqualTo("1 of 3 differ");
    assertThat(some.plus(new Conformance(5, 0, 0)).text()).isEqualTo("1 of 8 differ");
    assertThat(Conformance.NONE.text()).isEqualTo("bitwise");
    assertThat(new Conformance(9, 2, 1).text()).isEqualTo("1 ulp, 2 of 9 differ");
  }

  @Test
  void arraysAreComparedInTheirOrder() {
    List<TrialCheck.Result> left =
        List.of(
            new TrialCheck.Result("y", ElementType.F32, floats(1, 2)),
            new TrialCheck.Result("i", null, new byte[] {7}));
    List<TrialCheck.Result> right =
        List.of(
            new TrialCheck.Result("y", ElementType.F32, floats(1, Math.nextUp(2f))),
            new TrialCheck.Result("i", null, new byte[] {7}));
    assertThat(Conformance.of(left, right)).isEqualTo(new Conformance(3, 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Conformance.of(null, new byte[1], new byte[2]));
  }
}
