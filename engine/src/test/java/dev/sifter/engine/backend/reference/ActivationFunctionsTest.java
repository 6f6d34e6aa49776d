package dev.sifter.engine.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.backend.ActivationKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationFunctionsTest {

  @ParameterizedTest
  @EnumSource
  void whatIsNoNumberStaysNone(ActivationKind kind) {
    assertThat(ActivationFunctions.value(kind, Double.NaN)).isNaN();
  }

  /** By the C library's erfc; the series ends and the continued fraction begins at 2.5·√2. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "1, 0.8413447460685429",
    "-1, 0.15865525393145705",
    "3.5, 0.9997673709209645",
    "-3.5, 2.3262907903552504e-4",
    "-3.54, 2.0006351600732056e-4",
    "-10, 7.619853024160593e-24",
  })
  void normalDistribution(double x, double cumulative) {
    // The series' largest terms are e^(2.5²) = 518 of those that are left, so 1e-13 of 1.
    assertThat(ActivationFunctions.normalCdf(x)).isCloseTo(cumulative, within(1e-13));
    assertThat(ActivationFunctions.normalCdf(x) / cumulative).isCloseTo(1, within(1e-9));
  }
}
