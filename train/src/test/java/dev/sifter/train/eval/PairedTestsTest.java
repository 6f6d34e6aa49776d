package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PairedTestsTest {
  /** Against binomial sums in exact integers. */
  @Test
  void mcNemarIsTheExactBinomialTest() {
    for (int gained = 0; gained < 40; gained++) {
      for (int lost = 0; lost < 40; lost++) {
        assertThat(PairedTests.mcNemar(gained, lost))
            .as("%d gained, %d lost", gained, lost)
            .isCloseTo(exact(gained, lost), within(1e-12));
      }
    }
    assertThat(PairedTests.mcNemar(10, 2)).isCloseTo(0.03857421875, within(1e-12));
    assertThat(PairedTests.mcNemar(3100, 2900)).isCloseTo(exact(3100, 2900), within(1e-12));
    assertThat(PairedTests.mcNemar(700, 600)).isCloseTo(0.0060157938610449525, within(1e-12));
  }

  private static double exact(int gained, int lost) {
    int n = gained + lost;
    BigInteger tail = BigInteger.ZERO;
    BigInteger choose = BigInteger.ONE;
    for (int k = 0; k <= Math.min(gained, lost); k++) {
      tail = tail.add(choose);
      choose = choose.multiply(BigInteger.valueOf(n - k)).divide(BigInteger.valueOf(k + 1));
    }
    BigDecimal p =
        new BigDecimal(tail.shiftLeft(1))
            .divide(new BigDecimal(BigInteger.ONE.shiftLeft(n)), MathContext.DECIMAL64);
    return Math.min(1, p.doubleValue());
  }

  /** The example of the method's description: sorted p times m, m − 1, …, never falling. */
  @Test
  void holmEnlargesStepByStep() {
    assertThat(PairedTests.holm(new double[] {0.04, 0.01, 0.03, 0.005}))
        .usingComparatorWithPrecision(1e-15)
        .containsExactly(0.06, 0.03, 0.06, 0.02);
    assertThat(PairedTests.holm(new double[] {0.6, 0.7})).containsExactly(1, 1);
  }

  /** The interval of a mean is close to the normal one, and the seed fixes it. */
  @Test
  void bootstrapsADifference() {
    double[] differences = new double[400];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = 0.1 + Math.sin(i * 12.9898) / 2;
    }
    PairedTests.Difference mean =
        items -> {
          double sum = 0;
          for (int item : items) {
            sum += differences[item];
          }
          return sum / items.length;
        };
    PairedTests.Interval interval = PairedTests.bootstrap(400, 4000, 3, mean);
    double average = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - average) * (d - average)).sum();
    double error = Math.sqrt(squares / 399 / 400);
    double centre = (interval.low() + interval.high()) / 2;
    assertThat((interval.high() - interval.low()) / (2 * 1.96 * error)).isCloseTo(1, within(0.05));
    assertThat(centre).isCloseTo(0.1, within(error / 2));
    assertThat(interval.p()).isLessThan(0.001);
    assertThat(PairedTests.bootstrap(400, 4000, 3, mean)).isEqualTo(interval);
  }
}
