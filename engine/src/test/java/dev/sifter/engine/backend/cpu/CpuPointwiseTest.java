package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsVectorModule
class CpuPointwiseTest {
  private static final int N = 4097;

  /** A handful of fp32 roundings. */
  private static final double TOLERANCE = 1e-6;

  private static double value(ActivationKind kind, double x) {
    return switch (kind) {
      case IDENTITY -> x;
      case SILU -> x / (1 + Math.exp(-x));
      case GELU -> x * cumulative(x);
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case RELU -> Math.max(x, 0);
      case RELU_SQUARED -> x > 0 ? x * x : 0;
      case HARD_TANH -> Math.min(Math.max(x, -1), 1);
    };
  }

  /** Φ by Simpson's rule: independent of the series and fraction under test. */
  private static double cumulative(double x) {
    int steps = 2000;
    double h = x / steps;
    double sum = 1 + Math.exp(-0.5 * x * x);
    for (int i = 1; i < steps; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-0.5 * (i * h) * (i * h));
    }
    return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }

  private static double slope(ActivationKind kind, double x) {
    double h = 1e-5;
    return switch (kind) {
      case IDENTITY -> 1;
      case SILU, GELU, GELU_TANH -> (value(kind, x + h) - value(kind, x - h)) / (2 * h);
      case RELU -> x > 0 ? 1 : 0;
      case RELU_SQUARED -> x > 0 ? 2 * x : 0;
      case HARD_TANH -> x >= -1 && x <= 1 ? 1 : 0;
    };
  }

  @ParameterizedTest
  @EnumSource(ActivationKind.class)
  void activationsMatchTheirDefinitions(ActivationKind kind) {
    try (Workbench bench = new Workbench(2, 1)) {
      Tensor x = bench.normal(N);
      bench.backend.pointwise().scale(x, 3, x);
      Tensor up = bench.normal(N);
      Tensor dy = bench.normal(N);
      double[] in = Workbench.doubles(x);
      double[] ups = Workbench.doubles(up);
      double[] d = Workbench.doubles(dy);
      double[] y = new double[N];
      double[] gated = new double[N];
      double[] dx = new double[N];
      double[] dGate = new double[N];
      double[] dUp = new double[N];
      for (int i = 0; i < N; i++) {
        y[i] = value(kind, in[i]);
        gated[i] = y[i] * ups[i];
        dx[i] = d[i] * slope(kind, in[i]) + 1;
        dGate[i] = d[i] * ups[i] * slope(kind, in[i]);
        dUp[i] = d[i] * y[i];
      }
      var pointwise = bench.backend.pointwise();
      Tensor out = bench.empty(N);
      pointwise.activation(kind, x, out);
      Workbench.assertClose(out, y, TOLERANCE, "y");
      pointwise.gated(kind, x, up, out);
      Workbench.assertClose(out, gated, TOLERANCE, "gated");
      pointwise.fill(out, 1);
      pointwise.activationBackward(kind, dy, x, true, out);
      Workbench.assertClose(out, dx, TOLERANCE, "dx");
      pointwise.gatedBackward(kind, dy, x, up, x, up);
      Workbench.assertClose(x, dGate, TOLERANCE, "dGate, in place");
      Workbench.assertClose(up, dUp, TOLERANCE, "dUp, in place");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 31, 33, 127, 129, 577, 40_000})
  void addsAndScales(int n) {
    try (Workbench bench = new Workbench(2, 1)) {
      Tensor a = bench.normal(n);
      Tensor b = bench.normal(n);
      double[] sum = Workbench.doubles(a);
      double[] other = Workbench.doubles(b);
      for (int i = 0; i < n; i++) {
        sum[i] = ((float) sum[i] + (float) other[i]) * 1.5f;
      }
      bench.backend.pointwise().add(a, b, b);
      bench.backend.pointwise().scale(b, 1.5f, b);
      Workbench.assertClose(b, sum, 0, "exactly rounded");
    }
  }

  @Test
  void castsEveryHalfThereAndBack() {
    try (Workbench bench = new Workbench(2, 1)) {
      for (DType type : new DType[] {DType.BF16, DType.F16}) {
        Tensor narrow = bench.empty(type, 65536);
        for (int i = 0; i < 65536; i++) {
          narrow.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
        }
        Tensor wide = bench.empty(65536);
        bench.backend.pointwise().cast(narrow, wide);
        Workbench.assertClose(wide, Workbench.doubles(narrow), 0, "widened " + type);
        Tensor back = bench.empty(type, 65536);
        bench.backend.pointwise().cast(wide, back);
        Workbench.assertClose(back, Workbench.doubles(narrow), 0, "and back " + type);
      }
    }
  }

  @Test
  void castRoundsToNearestEven() {
    try (Workbench bench = new Workbench(1, 1)) {
      int[] bits = {
        0x3F808000,
        0x3F818000,
        0x3F808001,
        0x7F7F8000,
        0xFF800000,
        0x7F800001,
        0x00008000,
        0x00018000
      };
      int[] bf16 = {0x3F80, 0x3F82, 0x3F81, 0x7F80, 0xFF80, 0x7FC0, 0x0000, 0x0002};
      Tensor x = bench.empty(bits.length * 5L);
      for (int i = 0; i < bits.length * 5; i++) {
        x.segment().setAtIndex(ValueLayout.JAVA_INT, i, bits[i % bits.length]);
      }
      Tensor out = bench.empty(DType.BF16, bits.length * 5L);
      bench.backend.pointwise().cast(x, out);
      for (int i = 0; i < bits.length * 5; i++) {
        assertThat(out.segment().getAtIndex(ValueLayout.JAVA_SHORT, i) & 0xFFFF)
            .as("%08x", bits[i % bits.length])
            .isEqualTo(bf16[i % bits.length]);
      }
    }
  }

  @Test
  void dropoutFollowsPhilox() {
    try (Workbench bench = new Workbench(3, 1)) {
      int n = 40_001;
      RandomStream stream = new RandomStream(0x123456789ABCDEFL, 77);
      Tensor x = bench.normal(n);
      Workbench.set(x, 3, Float.POSITIVE_INFINITY);
      Tensor y = bench.empty(n);
      bench.backend.pointwise().dropout(x, 0.25f, stream, false, y);
      double[] in = Workbench.doubles(x);
      for (int i = 0; i < n; i++) {
        in[i] = Philox.uniform(stream, i) >= 0.25f ? (float) in[i] * (float) (1 / 0.75) : 0;
      }
      Workbench.assertClose(y, in, 0, "same bits");
    }
  }

  @Test
  void exponentialsAreAccurate() {
    float[] x = new float[200_032];
    for (int i = 0; i < 200_000; i++) {
      x[i] = -110 + i * 0.001f;
    }
    float[] exps = x.clone();
    float[] tanhs = x.clone();
    VectorMath.exp(exps, 0, 200_000, 1, 0);
    VectorMath.tanh(tanhs, 200_000, 0.1f);
    for (int i = 0; i < 200_000; i++) {
      float exp = (float) Math.exp(x[i]);
      float tanh = (float) Math.tanh(x[i] * 0.1f);
      if (exp != exps[i]) {
        assertThat(Math.abs(exp - exps[i]))
            .as("exp %s", x[i])
            .isLessThanOrEqualTo(2 * Math.ulp(exp));
      }
      assertThat(Math.abs(tanh - tanhs[i]))
          .as("tanh %s", x[i] * 0.1f)
          .isLessThanOrEqualTo(4 * Math.ulp(tanh));
    }
    float[] special = new float[64];
    special[0] = Float.NaN;
    special[1] = Float.POSITIVE_INFINITY;
    special[2] = Float.NEGATIVE_INFINITY;
    float[] again = special.clone();
    VectorMath.exp(special, 0, 3, 1, 0);
    VectorMath.tanh(again, 3, 1);
    assertThat(special).startsWith(Float.NaN, Float.POSITIVE_INFINITY, 0);
    assertThat(again).startsWith(Float.NaN, 1, -1);
  }
}
