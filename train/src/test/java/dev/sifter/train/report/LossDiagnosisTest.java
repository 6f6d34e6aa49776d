package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.report.LossDiagnosis.Finding;
import dev.sifter.train.report.LossDiagnosis.Sign;
import dev.sifter.train.report.Series.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

final class LossDiagnosisTest {
  /** 200 losses up to step 1000; the curve's argument goes from 0 to 1. */
  private static List<Point> curve(int points, double noise, DoubleUnaryOperator loss) {
    Random random = new Random(5);
    List<Point> curve = new ArrayList<>();
    for (int i = 1; i <= points; i++) {
      double x = (double) i / points;
      double value = loss.applyAsDouble(x) * (1 + noise * random.nextGaussian());
      curve.add(new Point(1000L * i / points, value));
    }
    return curve;
  }

  private static double falling(double x) {
    return 1.2 + 3 * Math.exp(-12 * x);
  }

  private static List<Sign> signs(LossDiagnosis diagnosis) {
    return diagnosis.findings().stream().map(Finding::sign).toList();
  }

  @Test
  void anExponentialFallHasThreePhases() {
    LossDiagnosis diagnosis =
        LossDiagnosis.of(curve(200, 0.03, LossDiagnosisTest::falling), List.of());

    assertThat(diagnosis.phases()).hasSize(3);
    // The first three losses average 1.2 + 3·(e^−0.06 + e^−0.12 + e^−0.18)/3 = 3.86, noise 0.07.
    assertThat(diagnosis.phases().get(0))
        .containsPattern("^Sharp initial drop: from (3\\.[789]|4\\.0)");
    assertThat(diagnosis.phases().get(1)).startsWith("Stabilisation");
    // The last twenty losses: 1.2, noise 0.03 · 1.2 / √20 = 0.008.
    assertThat(diagnosis.phases().get(2)).containsPattern("^Convergence: about 1\\.(19|20|21) ");
    assertThat(signs(diagnosis)).containsExactly(Sign.HEALTHY);
    assertThat(diagnosis.findings().getFirst().words()).contains("cannot be seen");
  }

  @Test
  void theDropEndsWhereTheFormulaSays() {
    // 3·exp(−12x) has made 75 % of its fall at x = ln 4 / 12 = 0.1155, that is step 116.
    LossDiagnosis diagnosis =
        LossDiagnosis.of(curve(1000, 0, LossDiagnosisTest::falling), List.of());

    assertThat(diagnosis.phases().getFirst()).containsPattern("by step 1(1[3-9]|2[0-1])\\D");
  }

  @Test
  void aShortLogStartsAtItsFirstLoss() {
    // Twelve losses, as of a run that logs every fiftieth of 600 steps: 1.2 + 3/e, 1.2 + 3/e²,
    // 1.2 + 3/e³ and so on. A mean of the first three, 1.75, would hide most of the fall.
    LossDiagnosis diagnosis = LossDiagnosis.of(curve(12, 0, LossDiagnosisTest::falling), List.of());

    assertThat(diagnosis.phases().getFirst()).startsWith("Sharp initial drop: from 2.30 to 1.35");
    assertThat(diagnosis.findings().getFirst().words()).contains("from 2.30 to 1.20");
  }

  @Test
  void aStraightLineIsNeitherSharpNorConverged() {
    LossDiagnosis diagnosis = LossDiagnosis.of(curve(200, 0.02, x -> 4 - 2 * x), List.of());

    assertThat(diagnosis.phases()).hasSize(2);
    assertThat(diagnosis.phases().get(0)).startsWith("No sharp initial drop");
    assertThat(diagnosis.phases().get(1)).startsWith("Not yet converged");
  }

  @Test
  void validationThatRisesWhileTrainingFallsIsOverfitting() {
    List<Point> eval = curve(10, 0, x -> falling(x) + 1.5 * x * x);

    LossDiagnosis diagnosis = LossDiagnosis.of(curve(200, 0.01, x -> falling(x) - 0.5 * x), eval);

    assertThat(signs(diagnosis)).containsExactly(Sign.OVERFITTING);
    assertThat(diagnosis.findings().getFirst().words())
        .contains("at step 300")
        .contains("Stop near step 300");
  }

  @Test
  void validationThatFollowsTrainingIsHealthy() {
    List<Point> eval = curve(10, 0.002, x -> 1.05 * falling(x));

    LossDiagnosis diagnosis = LossDiagnosis.of(curve(200, 0.03, LossDiagnosisTest::falling), eval);

    assertThat(signs(diagnosis)).containsExactly(Sign.HEALTHY);
  }

  @Test
  void noImprovementIsUnderfitting() {
    LossDiagnosis diagnosis =
        LossDiagnosis.of(curve(200, 0.05, x -> 3 - 0.03 * x), curve(10, 0, x -> 3.1));

    assertThat(signs(diagnosis)).containsExactly(Sign.UNDERFITTING);
    assertThat(diagnosis.phases()).isEmpty();
  }

  @Test
  void aRisingLossIsDivergence() {
    LossDiagnosis diagnosis = LossDiagnosis.of(curve(200, 0.02, x -> 2 + 3 * x), List.of());

    assertThat(signs(diagnosis)).containsExactly(Sign.DIVERGENCE);
  }

  @Test
  void anExtremelyLowLossIsMemorisationUnlessHeldOutDataAgree() {
    List<Point> train = curve(200, 0, x -> 0.01 + 3 * Math.exp(-12 * x));

    assertThat(signs(LossDiagnosis.of(train, List.of()))).containsExactly(Sign.MEMORISATION);
    assertThat(signs(LossDiagnosis.of(train, curve(10, 0, x -> 0.9 + Math.exp(-12 * x)))))
        .containsExactly(Sign.MEMORISATION);
    assertThat(signs(LossDiagnosis.of(train, curve(10, 0, x -> 0.012 + Math.exp(-12 * x)))))
        .containsExactly(Sign.HEALTHY);
  }

  @Test
  void aLossThatIsNotFiniteIsNamedByItsStep() {
    List<Point> train = new ArrayList<>(curve(200, 0, LossDiagnosisTest::falling));
    train.set(99, new Point(500, Double.NaN));

    LossDiagnosis diagnosis = LossDiagnosis.of(train, List.of());

    assertThat(signs(diagnosis)).containsExactly(Sign.NOT_FINITE);
    assertThat(diagnosis.findings().getFirst().words()).contains("step 500");
    assertThat(diagnosis.phases()).hasSize(3);
  }

  @Test
  void nothingIsSaidWithoutData() {
    LossDiagnosis nothing = new LossDiagnosis(List.of(), List.of());

    assertThat(LossDiagnosis.of(List.of(), List.of())).isEqualTo(nothing);
    assertThat(LossDiagnosis.of(curve(9, 0, LossDiagnosisTest::falling), List.of()))
        .isEqualTo(nothing);
  }
}
