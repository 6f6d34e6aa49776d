package dev.sifter.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Bfloat16Test {
  @Test
  void everyBfloat16SurvivesTheWayThroughFp32() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float wide = Bfloat16.toFloat((short) bits);
      short back = Bfloat16.fromFloat(wide);
      assertThat(back).isEqualTo(Float.isNaN(wide) ? (short) 0x7FC0 : (short) bits);
    }
  }

  @Test
  void roundingIsToTheNearestAndTiesGoToEven() {
    // Between 1 (0x3F80) and the next bfloat16, 1 + 2⁻⁷ (0x3F81), and from there to 1 + 2⁻⁶.
    assertThat(Bfloat16.fromFloat(1 + 0x1p-8f)).isEqualTo((short) 0x3F80);
    assertThat(Bfloat16.fromFloat(Math.nextUp(1 + 0x1p-8f))).isEqualTo((short) 0x3F81);
    assertThat(Bfloat16.fromFloat(1 + 3 * 0x1p-8f)).isEqualTo((short) 0x3F82);
    assertThat(Bfloat16.fromFloat(-1 - 3 * 0x1p-8f)).isEqualTo((short) 0xBF82);
  }

  @Test
  void theEndsOfTheRange() {
    assertThat(Bfloat16.fromFloat(Float.MAX_VALUE)).as("rounds to ∞").isEqualTo((short) 0x7F80);
    assertThat(Bfloat16.fromFloat(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFF80);
    assertThat(Bfloat16.fromFloat(-0f)).isEqualTo((short) 0x8000);
    assertThat(Bfloat16.fromFloat(Float.MIN_VALUE)).isZero();
    assertThat(Bfloat16.fromFloat(Float.intBitsToFloat(0x7F800001)))
        .as("a NaN whose upper bits are those of ∞")
        .isEqualTo((short) 0x7FC0);
  }
}
