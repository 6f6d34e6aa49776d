package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsVectorModule
class CpuLinearTest {
  /**
   * Partial sum j of products of unit normals is about √j, and rounding it errs by up to 2⁻²⁴√j:
   * over k terms a standard deviation of 0.4·k·2⁻²⁴. Halved by the factor of 0.5, five of them.
   */
  private static double tolerance(int k) {
    return (k + 8) * 0x1p-24;
  }

  private static double[] product(
      Tensor a, boolean ta, Tensor b, boolean tb, int m, int n, int k, double[] c, float beta) {
    double[] left = Workbench.doubles(a);
    double[] right = Workbench.doubles(b);
    double[] result = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int d = 0; d < k; d++) {
          sum += left[ta ? d * m + i : i * k + d] * right[tb ? j * k + d : d * n + j];
        }
        result[i * n + j] = 0.5 * sum + (beta == 0 ? 0 : beta * c[i * n + j]);
      }
    }
    return result;
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "1,577,129",
    "3,31,33",
    "7,129,1",
    "8,48,64",
    "9,49,127",
    "33,16,577",
    "5,6,3301",
    "31,1,16",
    "129,97,31",
    "130,193,200",
    "127,33,1601",
    "257,16,40",
    "12,20,0"
  })
  void multipliesAllLayoutsAndTypes(int m, int n, int k) {
    try (Workbench bench = new Workbench(2, 31L * m + n + k)) {
      for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
        for (int layout = 0; layout < 4; layout++) {
          boolean ta = (layout & 1) != 0;
          boolean tb = (layout & 2) != 0;
          Tensor a = ta ? bench.normal(k, m) : bench.normal(m, k);
          Tensor b = tb ? bench.normal(type, n, k) : bench.normal(type, k, n);
          for (float beta : new float[] {0, 1, -0.75f}) {
            Tensor c = beta == 0 ? bench.empty(m, n) : bench.normal(m, n);
            double[] expected = product(a, ta, b, tb, m, n, k, Workbench.doubles(c), beta);
            bench.backend.linear().matmul(a, ta, b, tb, 0.5f, beta, c);
            String what = "%s %s %s beta %s".formatted(type, ta, tb, beta);
            Workbench.assertClose(c, expected, tolerance(k), what);
          }
        }
      }
    }
  }

  @Test
  void cutsWhatDoesNotFitTheCache() {
    int m = 40;
    int n = 3100;
    int k = 800;
    try (Workbench bench = new Workbench(2, 5)) {
      Tensor a = bench.normal(m, k);
      Tensor b = bench.normal(DType.BF16, n, k);
      Tensor c = bench.empty(m, n);
      bench.backend.linear().matmul(a, false, b, true, 0.5f, 0, c);
      double[] expected = product(a, false, b, true, m, n, k, null, 0);
      Workbench.assertClose(c, expected, tolerance(k), "wide");
      Tensor d = bench.empty(n, m);
      bench.backend.linear().matmul(b, false, a, true, 0.5f, 0, d);
      double[] transposed = new double[n * m];
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          transposed[j * m + i] = expected[i * n + j];
        }
      }
      Workbench.assertClose(d, transposed, tolerance(k), "tall");
    }
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreads() {
    byte[][] first = new byte[4][];
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Workbench bench = new Workbench(threads, 9)) {
        Tensor x = bench.normal(301, 577);
        Tensor w = bench.normal(193, 577);
        Tensor y = bench.empty(301, 193);
        Tensor few = bench.empty(3, 193);
        Tensor dw = bench.normal(193, 577);
        Tensor bias = bench.empty(577);
        bench.backend.linear().matmul(x, false, w, true, 1, 0, y);
        bench.backend.linear().matmul(x.rows(0, 3), false, w, true, 1, 0, few);
        bench.backend.linear().matmul(y, true, x, false, 1, 1, dw);
        bench.backend.linear().biasBackward(x, false, bias);
        Tensor[] results = {y, few, dw, bias};
        for (int i = 0; i < 4; i++) {
          byte[] bytes = Workbench.bytes(results[i]);
          first[i] = first[i] == null ? bytes : first[i];
          assertThat(bytes).as("result %d, %d threads", i, threads).isEqualTo(first[i]);
        }
      }
    }
  }

  /** So a text that is generated beside others is the one that it would be alone. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void givesARowTheSameBitsWhateverFewAreBesideIt(DType ofWeight) {
    try (Workbench bench = new Workbench(2, 17)) {
      for (int k : new int[] {16, 577, 1601}) {
        Tensor x = bench.normal(32, k);
        Tensor w = bench.normal(ofWeight, 193, k);
        for (int rows : new int[] {2, 3, 32}) {
          Tensor together = bench.empty(rows, 193);
          bench.backend.linear().matmul(x.rows(0, rows), false, w, true, 1, 0, together);
          for (int row = 0; row < rows; row++) {
            Tensor alone = bench.empty(1, 193);
            bench.backend.linear().matmul(x.rows(row, row + 1), false, w, true, 1, 0, alone);
            assertThat(Workbench.bytes(together.rows(row, row + 1)))
                .as("row %d of %d, depth %d", row, rows, k)
                .isEqualTo(Workbench.bytes(alone));
          }
        }
      }
    }
  }

  /** Threads help each other with rows: however they meet, each row is computed once. */
  @Test
  void givesTheSameBitsHoweverThreadsMeet() {
    byte[] expected = null;
    for (int threads : new int[] {1, 2, 5}) {
      try (Workbench bench = new Workbench(threads, 13)) {
        Tensor x = bench.normal(300, 900);
        Tensor w = bench.normal(500, 900);
        LowRankChange change =
            new LowRankChange(bench.normal(7, 900), true, 1, bench.normal(500, 7), true, 2);
        Tensor z = bench.empty(300, 7);
        for (int round = 0; round < 100; round++) {
          Tensor y = bench.empty(300, 500);
          bench.backend.linear().adaptedMatmul(x, w, true, change, 0, z, y);
          byte[] bytes = Workbench.bytes(y);
          expected = expected == null ? bytes : expected;
          assertThat(bytes).as("round %d, %d threads", round, threads).isEqualTo(expected);
          bench.arena.release(y);
        }
      }
    }
  }

  @Test
  void carriesInfinityAndNaN() {
    try (Workbench bench = new Workbench(1, 2)) {
      for (int m : new int[] {2, 20, 40}) {
        Tensor a = bench.normal(m, 33);
        Tensor b = bench.normal(20, 33);
        Workbench.set(a, 5, Float.NaN);
        Workbench.set(a, 33 + 5, Float.POSITIVE_INFINITY);
        Tensor c = bench.empty(m, 20);
        bench.backend.linear().matmul(a, false, b, true, 1, 0, c);
        double[] values = Workbench.doubles(c);
        for (int j = 0; j < 20; j++) {
          assertThat(values[j]).isNaN();
          assertThat(values[20 + j]).isInfinite();
          assertThat(m == 2 || Double.isFinite(values[40 + j])).isTrue();
        }
      }
    }
  }

  @Test
  void refusesShapesThatDoNotFit() {
    try (Workbench bench = new Workbench(1, 2)) {
      Tensor a = bench.normal(4, 5);
      Tensor b = bench.normal(6, 4);
      Tensor c = bench.normal(4, 6);
      assertThatThrownBy(() -> bench.backend.linear().matmul(a, false, b, true, 1, 0, c))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[4, 5]")
          .hasMessageContaining("[6, 4]");
    }
  }

  @Test
  void addsBiasAndItsGradient() {
    int rows = 301;
    int width = 129;
    try (Workbench bench = new Workbench(2, 3)) {
      Tensor y = bench.normal(rows, width);
      Tensor bias = bench.normal(DType.BF16, width);
      double[] expected = Workbench.doubles(y);
      double[] b = Workbench.doubles(bias);
      double[] sums = new double[width];
      for (int i = 0; i < expected.length; i++) {
        sums[i % width] += expected[i];
        expected[i] += b[i % width];
      }
      Tensor dBias = bench.empty(width);
      bench.backend.linear().biasBackward(y, false, dBias);
      Workbench.assertClose(dBias, sums, tolerance(rows), "sum");
      bench.backend.linear().biasBackward(y, true, dBias);
      for (int i = 0; i < width; i++) {
        sums[i] *= 2;
      }
      Workbench.assertClose(dBias, sums, tolerance(rows), "twice");
      bench.backend.linear().addBias(y, bias);
      Workbench.assertClose(y, expected, Math.ulp(1f), "bias");
    }
  }
}
