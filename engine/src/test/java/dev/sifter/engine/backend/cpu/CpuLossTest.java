package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loss, rows and optimizer. */
@NeedsVectorModule
class CpuLossTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 31, 127, 2049, 50_257})
  void crossEntropyMatchesTheDefinition(int vocabulary) {
    int rows = 3;
    try (Workbench bench = new Workbench(2, vocabulary)) {
      Tensor logits = bench.normal(rows, vocabulary);
      bench.backend.pointwise().scale(logits, 4, logits);
      Tensor targets = bench.ints(0, vocabulary - 1, vocabulary / 2);
      if (vocabulary > 4) {
        Workbench.set(logits, 2, Float.NEGATIVE_INFINITY);
        Workbench.set(logits, 3, 60);
        Workbench.set(logits, 4, 60);
      }
      double[] x = Workbench.doubles(logits);
      double[] loss = new double[rows];
      double[] entropy = new double[rows];
      int[] best = new int[rows];
      double[] gradient = new double[x.length];
      for (int r = 0; r < rows; r++) {
        int target = targets.segment().getAtIndex(ValueLayout.JAVA_INT, r);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
          sum += Math.exp(x[r * vocabulary + i]);
          best[r] = x[r * vocabulary + i] > x[r * vocabulary + best[r]] ? i : best[r];
        }
        loss[r] = Math.log(sum) - x[r * vocabulary + target];
        for (int i = 0; i < vocabulary; i++) {
          double p = Math.exp(x[r * vocabulary + i]) / sum;
          entropy[r] -= p == 0 ? 0 : p * Math.log(p);
          gradient[r * vocabulary + i] = 0.125 * (p - (i == target ? 1 : 0));
        }
      }
      Tensor losses = bench.empty(rows);
      Tensor entropies = bench.empty(rows);
      Tensor argMax = bench.empty(DType.I32, rows);
      byte[] before = Workbench.bytes(logits);
      bench.backend.loss().crossEntropy(TokenLoss.NLL, logits, targets, 0, losses, null, null);
      assertThat(Workbench.bytes(logits)).isEqualTo(before);
      bench
          .backend
          .loss()
          .crossEntropy(TokenLoss.NLL, logits, targets, 0.125f, losses, entropies, argMax);
      Workbench.assertClose(losses, loss, 2e-6, "loss");
      Workbench.assertClose(entropies, entropy, 4e-6, "entropy");
      Workbench.assertClose(logits, gradient, 1e-6, "gradient");
      assertThat(argMax.segment().toArray(ValueLayout.JAVA_INT)).isEqualTo(best);
    }
  }

  @Test
  void aLogitThatIsNotANumberGivesALossThatIsNone() {
    try (Workbench bench = new Workbench(1, 1)) {
      Tensor logits = bench.normal(1, 100);
      Workbench.set(logits, 50, Float.NaN);
      Tensor loss = bench.empty(1);
      bench.backend.loss().crossEntropy(TokenLoss.NLL, logits, bench.ints(3), 1, loss, null, null);
      assertThat(Workbench.doubles(loss)[0]).isNaN();
      Tensor targets = bench.ints(100);
      assertThatThrownBy(
              () ->
                  bench
                      .backend
                      .loss()
                      .crossEntropy(TokenLoss.NLL, logits, targets, 1, loss, null, null))
          .hasMessageContaining("target 100");
    }
  }

  @Test
  void theLargestLogitIsFoundBesideOneThatIsNotANumber() {
    try (Workbench bench = new Workbench(1, 1)) {
      for (int nan : new int[] {0, 50, 99}) {
        Tensor logits = bench.normal(1, 100);
        Workbench.set(logits, nan, Float.NaN);
        Workbench.set(logits, 98, 100f);
        Tensor best = bench.empty(DType.I32, 1);
        bench
            .backend
            .loss()
            .crossEntropy(TokenLoss.NLL, logits, bench.ints(3), 0, bench.empty(1), null, best);
        assertThat(best.segment().toArray(ValueLayout.JAVA_INT)).containsExactly(98);
      }
    }
  }

  @Test
  void softcapAndItsGradient() {
    int n = 1001;
    try (Workbench bench = new Workbench(2, 1)) {
      Tensor x = bench.normal(n);
      bench.backend.pointwise().scale(x, 40, x);
      Tensor dy = bench.normal(n);
      double[] in = Workbench.doubles(x);
      double[] d = Workbench.doubles(dy);
      for (int i = 0; i < n; i++) {
        double t = Math.tanh(in[i] / 30);
        in[i] = 30 * t;
        d[i] *= 1 - t * t;
      }
      bench.backend.loss().softcap(x, 30);
      Workbench.assertClose(x, in, 1e-6, "capped");
      bench.backend.loss().softcapBackward(dy, x, 30);
      Workbench.assertClose(dy, d, 1e-6, "gradient");
    }
  }

  @Test
  void gathersAndScattersInOrder() {
    int width = 129;
    try (Workbench bench = new Workbench(3, 1)) {
      Tensor table = bench.normal(DType.BF16, 5, width);
      Tensor rows = bench.ints(4, 0, 4, 4, 2, 0);
      int[] numbers = {4, 0, 4, 4, 2, 0};
      Tensor y = bench.empty(6, width);
      Tensor dTable = bench.normal(5, width);
      double[] values = Workbench.doubles(table);
      double[] expected = new double[6 * width];
      double[] sums = Workbench.doubles(dTable);
      for (int t = 0; t < 6; t++) {
        for (int i = 0; i < width; i++) {
          float gathered = (float) values[numbers[t] * width + i] * 2f;
          expected[t * width + i] = gathered;
          int at = numbers[t] * width + i;
          sums[at] = (float) sums[at] + 0.5f * gathered;
        }
      }
      bench.backend.rows().gather(table, rows, 2, y);
      Workbench.assertClose(y, expected, 0, "gathered");
      bench.backend.rows().scatterAdd(y, rows, 0.5f, dTable);
      Workbench.assertClose(dTable, sums, 0, "summed in order");
      Tensor outside = bench.ints(0, 1, 2, 3, 4, 5);
      assertThatThrownBy(() -> bench.backend.rows().gather(table, outside, 1, y))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void adamWFollowsItsDefinition() {
    int n = 577;
    try (Workbench bench = new Workbench(2, 1)) {
      Tensor p = bench.normal(n);
      Tensor m = bench.empty(n);
      Tensor v = bench.empty(n);
      bench.backend.pointwise().fill(m, 0);
      bench.backend.pointwise().fill(v, 0);
      double[] parameter = Workbench.doubles(p);
      double[] first = new double[n];
      double[] second = new double[n];
      for (int step = 1; step <= 3; step++) {
        Tensor g = bench.normal(n);
        double[] gradient = Workbench.doubles(g);
        AdamWStep numbers = new AdamWStep(1e-2, 0.9, 0.999, 1e-8, 0.1, step);
        bench
            .backend
            .optimizer()
            .adamW(List.of(new AdamWUpdate(numbers, g, p, m, v)), new GradientScale.Known(1, 0.5));
        for (int i = 0; i < n; i++) {
          double scaled = gradient[i] * 0.5;
          first[i] = 0.9 * first[i] + 0.1 * scaled;
          second[i] = 0.999 * second[i] + 0.001 * scaled * scaled;
          double mHat = first[i] / (1 - Math.pow(0.9, step));
          double vHat = second[i] / (1 - Math.pow(0.999, step));
          parameter[i] -= 1e-2 * (0.1 * parameter[i] + mHat / (Math.sqrt(vHat) + 1e-8));
        }
        Workbench.assertClose(p, parameter, 1e-6, "parameter");
        Workbench.assertClose(m, first, 1e-6, "moment 1");
        Workbench.assertClose(v, second, 1e-6, "moment 2");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 200_001})
  void squaredNormIsADoubleAndDoesNotDependOnThreads(int n) {
    double first = Double.NaN;
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Workbench bench = new Workbench(threads, 1)) {
        Tensor x = bench.normal(n);
        double expected = 0;
        for (double value : Workbench.doubles(x)) {
          expected += value * value;
        }
        double norm = bench.backend.optimizer().squaredNorm(x);
        assertThat(norm)
            .isCloseTo(expected, org.assertj.core.data.Percentage.withPercentage(1e-10));
        assertThat(norm == first || threads == 1).isTrue();
        first = norm;
        Workbench.set(x, n - 1, Float.NaN);
        assertThat(bench.backend.optimizer().squaredNorm(x)).isNaN();
      }
    }
  }
}
