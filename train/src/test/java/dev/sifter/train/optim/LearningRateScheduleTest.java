package dev.sifter.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateScheduleTest {
  private static LearningRateSchedule schedule(String type, double warmup, long total) {
    return LearningRateSchedule.of(type, 1, warmup, total, Map.of());
  }

  @Test
  void theFirstStepOfAWarmUpHasRateZero() {
    LearningRateSchedule linear = schedule("linear", 4, 12);

    assertThat(linear.rate(0)).isZero();
    assertThat(linear.rate(1)).isEqualTo(0.25);
    assertThat(linear.rate(4)).isEqualTo(1);
    assertThat(linear.rate(8)).isEqualTo(0.5);
    assertThat(linear.rate(12)).isZero();
    assertThat(linear.rate(15)).isZero();
  }

  @Test
  void cosineFallsByHalfACycle() {
    LearningRateSchedule cosine = schedule("cosine", 0, 100);

    assertThat(cosine.rate(0)).isEqualTo(1);
    // cos(π/3) = ½, cos(π/2) = 0: a rounding of π away.
    assertThat(cosine.rate(50)).isCloseTo(0.5, within(1e-15));
    assertThat(cosine.rate(100)).isCloseTo(0, within(1e-15));
  }

  @Test
  void polynomialWithoutADecayPhaseEndsAtItsEnd() {
    LearningRateSchedule polynomial =
        LearningRateSchedule.of("polynomial", 0.5, 4, 4, Map.of("lr_end", 0.125));

    assertThat(polynomial.rate(3)).isEqualTo(0.375);
    assertThat(polynomial.rate(4)).isEqualTo(0.125);
  }

  @ParameterizedTest
  @CsvSource({"0, 10, 0", "3, 10, 3", "3.7, 10, 3", "0.25, 10, 3", "0.3, 10, 3", "0.001, 10, 1"})
  void warmupBelowOneIsAShareRoundedUp(double warmup, long total, long steps) {
    assertThat(LearningRateSchedule.warmupSteps(warmup, total)).isEqualTo(steps);
  }

  @ParameterizedTest
  @ValueSource(strings = {"constant", "reduce_lr_on_plateau"})
  void someSchedulesIgnoreWarmUp(String type) {
    assertThat(LearningRateSchedule.warmsUp(type)).isFalse();
    assertThat(schedule(type, 5, 10).rate(0)).isEqualTo(1);
  }

  @Test
  void plateauFallsAfterPatienceAndResumes() {
    Map<String, Object> options = Map.of("patience", 1, "factor", 0.5);
    LearningRateSchedule plateau =
        LearningRateSchedule.of("reduce_lr_on_plateau", 1, 0, 10, options);
    plateau.observe(3);
    plateau.observe(3);
    LearningRateSchedule resumed =
        LearningRateSchedule.of("reduce_lr_on_plateau", 1, 0, 10, options);
    resumed.restore(plateau.state());

    assertThat(resumed.rate(2)).isEqualTo(1);
    resumed.observe(3);
    assertThat(resumed.rate(3)).isEqualTo(0.5);
  }

  /**
   * After 8, a second metric only counts as better beyond the threshold, of 8 or by itself; all
   * numbers are exact in binary.
   */
  @ParameterizedTest
  @CsvSource({
    "min, rel, 6, false",
    "min, rel, 5.5, true",
    "max, rel, 10, false",
    "max, rel, 10.5, true",
    "min, abs, 7.75, false",
    "min, abs, 7.5, true",
    "max, abs, 8.25, false",
    "max, abs, 8.5, true"
  })
  void plateauAsksForMoreThanTheThreshold(String mode, String kind, double metric, boolean better) {
    Map<String, Object> options =
        Map.of("mode", mode, "threshold_mode", kind, "threshold", 0.25, "patience", 0);
    LearningRateSchedule plateau =
        LearningRateSchedule.of("reduce_lr_on_plateau", 1, 0, 10, options);
    plateau.observe(8);
    plateau.observe(metric);

    assertThat(plateau.rate(2)).isEqualTo(better ? 1 : 0.1);
  }

  @ParameterizedTest
  @CsvSource({"0.5, 1", "0.25, 0.5"})
  void plateauLeavesOutFallsUpToEps(double eps, double rate) {
    LearningRateSchedule plateau =
        LearningRateSchedule.of(
            "reduce_lr_on_plateau", 1, 0, 10, Map.of("factor", 0.5, "patience", 0, "eps", eps));
    plateau.observe(8);
    plateau.observe(8);

    assertThat(plateau.rate(2)).isEqualTo(rate);
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> schedule("cosin", 0, 10))
        .hasMessageContaining("cosin")
        .hasMessageContaining("cosine_with_restarts");
    assertThatThrownBy(() -> LearningRateSchedule.of("linear", 1, 0, 10, Map.of("num_cycles", 2)))
        .hasMessageContaining("linear has no option 'num_cycles'");
    assertThatThrownBy(() -> schedule("cosine_with_min_lr", 0, 10))
        .hasMessageContaining("min_lr_rate");
    assertThatThrownBy(
            () -> LearningRateSchedule.of("cosine_with_min_lr", 0, 0, 10, Map.of("min_lr", 1e-5)))
        .hasMessageContaining("min_lr of cosine_with_min_lr is 1.0E-5")
        .hasMessageContaining("learning_rate of 0");
    assertThatThrownBy(
            () ->
                LearningRateSchedule.of(
                    "warmup_stable_decay",
                    1,
                    0,
                    10,
                    Map.of("num_decay_steps", 2, "decay_type", "sqrt")))
        .hasMessageContaining("decay_type")
        .hasMessageContaining("1-sqrt");
    assertThatThrownBy(() -> schedule("linear", -1, 10)).hasMessageContaining("warmup_steps");
    assertThatThrownBy(() -> schedule("linear", 0, 10).restore(new double[] {1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
