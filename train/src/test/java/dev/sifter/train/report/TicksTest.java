package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TicksTest {
  @Test
  void linearTicksCoverTheDataInNiceEvenSteps() {
    Random random = new Random(3);
    for (int trial = 0; trial < 2000; trial++) {
      double size = Math.pow(10, random.nextInt(16) - 8);
      double a = size * random.nextGaussian();
      double b = size * random.nextGaussian();
      double min = Math.min(a, b);
      double max = Math.max(a, b);

      Ticks ticks = Ticks.linear(min, max, 5, 0);

      double step = ticks.step();
      assertThat(ticks.low()).isLessThanOrEqualTo(min + 1e-8 * step);
      assertThat(ticks.high()).isGreaterThanOrEqualTo(max - 1e-8 * step);
      assertThat(min - ticks.low()).as("room below").isLessThan(step);
      assertThat(ticks.high() - max).as("room above").isLessThan(step);
      assertThat(ticks.values()).hasSizeBetween(3, 7).isSorted();
      double mantissa = step / Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
      assertThat(List.of(1.0, 2.0, 5.0)).anyMatch(nice -> Math.abs(mantissa - nice) < 1e-9);
      for (double tick : ticks.values()) {
        double multiple = tick / step;
        assertThat(multiple).isCloseTo(Math.rint(multiple), within(1e-6));
      }
    }
  }

  @Test
  void tickValuesAreTheDecimalsThatTheyAreWrittenAs() {
    assertThat(Ticks.linear(0, 0.5, 5, 0).values()).containsExactly(0.0, 0.1, 0.2, 0.3, 0.4, 0.5);
  }

  @Test
  void aFlatLineHasAnAxisToo() {
    for (double value : new double[] {0, 3, -2, 1e-9, 1e12}) {
      Ticks ticks = Ticks.linear(value, value, 5, 0);

      assertThat(ticks.low()).isLessThan(ticks.high());
      assertThat(value).isBetween(ticks.low(), ticks.high());
    }
  }

  @Test
  void stepsAreNotDivided() {
    assertThat(Ticks.linear(0, 2, 6, 1).values()).containsExactly(0.0, 1.0, 2.0);
  }

  @Test
  void logarithmicTicksCoverTheData() {
    assertThat(Ticks.logarithmic(0.3, 7).values()).containsExactly(0.2, 0.5, 1.0, 2.0, 5.0, 10.0);
    Random random = new Random(4);
    for (int trial = 0; trial < 1000; trial++) {
      double min = Math.pow(10, 20 * random.nextDouble() - 10);
      double max = min * Math.pow(10, 1 + 12 * random.nextDouble());

      Ticks ticks = Ticks.logarithmic(min, max);

      assertThat(ticks.low()).isLessThanOrEqualTo(min);
      assertThat(ticks.high()).isGreaterThanOrEqualTo(max);
      assertThat(ticks.values()).hasSizeBetween(2, 13).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void logarithmsNeedPositiveNumbers() {
    assertThatThrownBy(() -> Ticks.logarithmic(0, 1)).hasMessageContaining("cannot show 0");
  }
}
