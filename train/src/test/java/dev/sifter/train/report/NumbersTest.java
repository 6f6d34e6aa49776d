package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Under a locale with other digits and a decimal comma, which must not show. */
@Isolated("changes the locale")
final class NumbersTest {
  private Locale before;

  @BeforeEach
  void writeArabicDigits() {
    before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    assertThat("%d".formatted(1)).as("the locale is in force").isEqualTo("١");
  }

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  @Test
  void significantDigits() {
    assertThat(Numbers.significant(0.25, 3)).isEqualTo("0.25");
    assertThat(Numbers.significant(1234.5, 3)).isEqualTo("1230");
    assertThat(Numbers.significant(1.5e-5, 3)).isEqualTo("1.5e-5");
    assertThat(Numbers.significant(-2e9, 3)).isEqualTo("-2e9");
    assertThat(Numbers.significant(0.00099996, 3)).isEqualTo("0.001");
    assertThat(Numbers.significant(0, 3)).isEqualTo("0");
    assertThat(Numbers.significant(Double.NaN, 3)).isEqualTo("NaN");
    assertThat(Numbers.significant(Double.NEGATIVE_INFINITY, 3)).isEqualTo("−∞");
  }

  @Test
  void ratesAndSizes() {
    assertThat(Numbers.si(999)).isEqualTo("999");
    assertThat(Numbers.si(999.6)).isEqualTo("1k");
    assertThat(Numbers.si(45_678_000)).isEqualTo("45.7M");
    assertThat(Numbers.bytes(512)).isEqualTo("512 B");
    assertThat(Numbers.bytes(3L << 29)).isEqualTo("1.5 GiB");
    assertThat(Numbers.bytes(455L << 20)).isEqualTo("455 MiB");
    assertThat(Numbers.grouped(1_234_567)).isEqualTo("1\u202f234\u202f567");
    assertThat(Numbers.percent(0.3155)).isEqualTo("31.6 %");
    assertThat(Numbers.signed(0.87, 2)).isEqualTo("+0.87");
    assertThat(Numbers.signed(-0.87, 2)).isEqualTo("−0.87");
  }

  @Test
  void durations() {
    assertThat(Numbers.duration(0.123)).isEqualTo("0.12 s");
    assertThat(Numbers.duration(59.94)).isEqualTo("59.9 s");
    assertThat(Numbers.duration(59.96)).isEqualTo("1 min 00 s");
    assertThat(Numbers.duration(3599.6)).isEqualTo("1 h 00 min");
    assertThat(Numbers.duration(7620)).isEqualTo("2 h 07 min");
    assertThat(Numbers.duration(100 * 3600)).isEqualTo("4 d 04 h");
    assertThat(Numbers.duration(Double.POSITIVE_INFINITY)).isEqualTo("?");
  }

  @Test
  void ticksOfOneAxisLookAlike() {
    assertThat(Numbers.tick(5e-4, 5e-4, 2e-3)).isEqualTo("0.5e-3");
    assertThat(Numbers.tick(2e-3, 5e-4, 2e-3)).isEqualTo("2.0e-3");
    assertThat(Numbers.tick(2, 0.5, 3)).isEqualTo("2.0");
    assertThat(Numbers.tick(5000, 5000, 20_000)).isEqualTo("5k");
    assertThat(Numbers.tick(2500, 2500, 10_000)).isEqualTo("2.5k");
    assertThat(Numbers.tick(400, 100, 600)).isEqualTo("400");
  }
}
