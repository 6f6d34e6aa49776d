package dev.sifter.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NeedsVectorModule
class CpuNormTest {
  private static final float EPSILON = 1e-5f;

  /** Row sums of up to 577 terms in fp32, and a few roundings more. */
  private static final double TOLERANCE = 2e-5;

  @ParameterizedTest
  @CsvSource({"1,1", "3,31", "33,33", "127,129", "300,577", "5,4097"})
  void rmsNormMatchesTheDefinition(int rows, int width) {
    try (Workbench bench = new Workbench(2, rows + width)) {
      Tensor x = bench.normal(rows, width);
      Tensor w = bench.normal(DType.BF16, width);
      Tensor dy = bench.normal(rows, width);
      Tensor y = bench.empty(rows, width);
      Tensor rstd = bench.empty(rows);
      Tensor dx = bench.normal(rows, width);
      Tensor dw = bench.normal(width);
      double[] dxOld = Workbench.doubles(dx);
      double[] dwExpected = Workbench.doubles(dw);
      double[] in = Workbench.doubles(x);
      double[] weight = Workbench.doubles(w);
      double[] g = Workbench.doubles(dy);
      double[] out = new double[in.length];
      double[] rho = new double[rows];
      double[] dxExpected = new double[in.length];
      for (int t = 0; t < rows; t++) {
        double squares = 0;
        double dot = 0;
        for (int i = t * width; i < (t + 1) * width; i++) {
          squares += in[i] * in[i];
          dot += g[i] * (weight[i - t * width] + 1) * in[i];
        }
        rho[t] = 1 / Math.sqrt(squares / width + EPSILON);
        for (int i = t * width; i < (t + 1) * width; i++) {
          double scaled = weight[i - t * width] + 1;
          out[i] = in[i] * rho[t] * scaled;
          dxExpected[i] = rho[t] * (g[i] * scaled - in[i] * rho[t] * rho[t] * dot / width);
          dwExpected[i - t * width] += g[i] * in[i] * rho[t];
        }
      }
      var norm = bench.backend.norm();
      norm.rmsNorm(x, w, EPSILON, 1, y, rstd);
      Workbench.assertClose(y, out, TOLERANCE, "y");
      Workbench.assertClose(rstd, rho, TOLERANCE, "rstd");
      Tensor fresh = bench.empty(rows, width);
      norm.rmsNormBackward(dy, x, w, 1, rstd, false, fresh, null);
      Workbench.assertClose(fresh, dxExpected, TOLERANCE, "dx");
      norm.rmsNormBackward(dy, x, w, 1, rstd, true, dx, dw);
      for (int i = 0; i < dxOld.length; i++) {
        dxExpected[i] += dxOld[i];
      }
      Workbench.assertClose(dx, dxExpected, TOLERANCE, "dx, added");
      Workbench.assertClose(dw, dwExpected, TOLERANCE, "dw, added");
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,31", "33,33", "127,129", "300,577"})
  void layerNormMatchesTheDefinition(int rows, int width) {
    try (Workbench bench = new Workbench(2, rows + width)) {
      Tensor x = bench.normal(rows, width);
      Tensor w = bench.normal(width);
      Tensor b = bench.normal(width);
      Tensor dy = bench.normal(rows, width);
      double[] in = Workbench.doubles(x);
      double[] weight = Workbench.doubles(w);
      double[] bias = Workbench.doubles(b);
      double[] dOut = Workbench.doubles(dy);
      double[] out = new double[in.length];
      double[] dxExpected = new double[in.length];
      double[] dwExpected = new double[width];
      double[] dbExpected = new double[width];
      for (int t = 0; t < rows; t++) {
        int at = t * width;
        double mean = 0;
        double squares = 0;
        for (int i = 0; i < width; i++) {
          mean += in[at + i] / width;
        }
        for (int i = 0; i < width; i++) {
          squares += (in[at + i] - mean) * (in[at + i] - mean);
        }
        double rho = 1 / Math.sqrt(squares / width + EPSILON);
        double meanG = 0;
        double meanGn = 0;
        for (int i = 0; i < width; i++) {
          double n = (in[at + i] - mean) * rho;
          double g = dOut[at + i] * weight[i];
          out[at + i] = n * weight[i] + bias[i];
          meanG += g / width;
          meanGn += g * n / width;
          dwExpected[i] += dOut[at + i] * n;
          dbExpected[i] += dOut[at + i];
        }
        for (int i = 0; i < width; i++) {
          double n = (in[at + i] - mean) * rho;
          dxExpected[at + i] = rho * (dOut[at + i] * weight[i] - meanG - n * meanGn);
        }
      }
      Tensor y = bench.empty(rows, width);
      Tensor mean = bench.empty(rows);
      Tensor rstd = bench.empty(rows);
      Tensor dx = bench.empty(rows, width);
      Tensor dw = bench.empty(width);
      Tensor db = bench.empty(width);
      bench.backend.pointwise().fill(dw, 0);
      bench.backend.pointwise().fill(db, 0);
      var norm = bench.backend.norm();
      norm.layerNorm(x, w, b, EPSILON, 0, y, mean, rstd);
      norm.layerNormBackward(dy, x, w, 0, mean, rstd, false, dx, dw, db);
      Workbench.assertClose(y, out, TOLERANCE, "y");
      // A width of 1 divides by √ε: differences of 1e-7 grow by 300.
      Workbench.assertClose(dx, dxExpected, width == 1 ? 1e-3 : TOLERANCE, "dx");
      Workbench.assertClose(dw, dwExpected, TOLERANCE, "dw");
      Workbench.assertClose(db, dbExpected, TOLERANCE, "db");
    }
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreads() {
    byte[] first = null;
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (Workbench bench = new Workbench(threads, 9)) {
        Tensor x = bench.normal(701, 129);
        Tensor w = bench.normal(129);
        Tensor y = bench.empty(701, 129);
        Tensor rstd = bench.empty(701);
        Tensor dw = bench.normal(129);
        bench.backend.norm().rmsNorm(x, w, EPSILON, 0, y, rstd);
        bench.backend.norm().rmsNormBackward(y, x, w, 0, rstd, true, y, dw);
        byte[] bytes = Workbench.bytes(dw);
        first = first == null ? bytes : first;
        assertThat(bytes).as("%d threads", threads).isEqualTo(first);
      }
    }
  }
}
