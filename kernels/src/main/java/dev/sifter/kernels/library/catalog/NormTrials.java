package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.LayerNorm;
import dev.sifter.kernels.library.LayerNormBackward;
import dev.sifter.kernels.library.RmsNorm;
import dev.sifter.kernels.library.RmsNormBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** RMSNorm and LayerNorm. */
final class NormTrials {
  private static final float EPSILON = 1e-5f;
  private static final Tolerance NORM =
      new Tolerance(
          1e-6,
          4e-6,
          "a root, a division and two products; of the largest for the sums over a row or rows");

  private NormTrials() {}

  static List<KernelEntry> all() {
    return List.of(
        rmsNorm(), residualRmsNorm(), rmsNormBackward(), layerNorm(), layerNormBackward());
  }

  private static KernelEntry rmsNorm() {
    return new KernelEntry(
        "rms-norm",
        "y = x/√(mean(x²) + ε)·(w + offset)",
        List.of(
            rms(BF16, 5, 576, 0, false, 0),
            rms(F32, 1, 1, 0, false, 0),
            rms(F32, 33, 31, 1, false, 0),
            rms(F32, 3, 127, 0, false, 64),
            rms(F32, 2, 4097, 0, false, 0),
            rms(BF16, 3, 768, 1, false, 64),
            rms(BF16, 2, 960, 0, false, 0),
            rms(BF16, 2, 2048, 0, false, 0),
            rms(BF16, 1, 4096, 0, false, 0),
            rms(F32, 1, 12288, 0, false, 0)),
        rms(BF16, 16384, 2048, 0, false, 0));
  }

  private static KernelEntry residualRmsNorm() {
    return new KernelEntry(
        "residual-rms-norm",
        "x = x + d; y = x/√(mean(x²) + ε)·(w + offset)",
        List.of(
            rms(BF16, 5, 576, 0, true, 0),
            rms(F32, 33, 31, 1, true, 1),
            rms(BF16, 2, 2048, 0, true, 64),
            rms(F32, 3, 4096, 0, true, 0)),
        rms(BF16, 16384, 2048, 0, true, 0));
  }

  private static KernelTrial rms(
      ElementType type, int rows, int width, float offset, boolean residual, int border) {
    return new KernelTrial(
        "%s, %d rows of %d, offset %s, y %d apart"
            .formatted(type, rows, width, offset, width + border),
        memory -> {
          TrialArray x = memory.normal(type, (long) rows * width);
          TrialArray d = residual ? memory.normal(type, (long) rows * width) : null;
          TrialArray w = memory.normal(type, width);
          int stride = width + border;
          TrialArray y = memory.of(type, (long) rows * stride, i -> 7);
          TrialArray rstd = memory.output(F32, rows);
          double[] sum = new double[rows * width];
          double[] rho = new double[rows];
          for (int t = 0; t < rows; t++) {
            double squares = 0;
            for (int i = t * width; i < (t + 1) * width; i++) {
              float added = (float) (x.get(i) + (residual ? d.get(i) : 0));
              sum[i] = Elements.rounded(type, added);
              squares += sum[i] * sum[i];
            }
            rho[t] = 1 / Math.sqrt(squares / width + EPSILON);
          }
          long tensors = (long) rows * width * type.bytes();
          Trial trial =
              new Trial(
                      RmsNorm.launches(
                          x.array(),
                          residual ? d.array() : null,
                          w.array(),
                          EPSILON,
                          offset,
                          y.array(),
                          stride,
                          rstd.array(),
                          rows,
                          width))
                  .expect("rstd", rstd, t -> rho[t], NORM)
                  .expect(
                      "y",
                      y,
                      n -> {
                        int t = n / stride;
                        int i = n % stride;
                        return i < width ? sum[t * width + i] * rho[t] * (w.get(i) + offset) : 7;
                      },
                      NORM)
                  .work((residual ? 4 : 2) * tensors, 4.0 * rows * width);
          return residual
              ? trial.expect("x", x, i -> sum[i], Tolerance.exact("one rounding"))
              : trial;
        });
  }

  private static KernelEntry rmsNormBackward() {
    return new KernelEntry(
        "rms-norm-backward",
        "dx = ρ(g − x·ρ²·mean(g·x)), dw += Σ dy·x·ρ, g = dy·(w + offset)",
        List.of(
            rmsBackward(BF16, 9, 576, false, true),
            rmsBackward(F32, 1, 2, true, true),
            rmsBackward(F32, 33, 31, false, true),
            rmsBackward(F32, 7, 127, true, false),
            rmsBackward(F32, 2, 4097, false, true),
            rmsBackward(BF16, 65, 64, true, true),
            rmsBackward(F32, 600, 8, false, true),
            rmsBackward(BF16, 2, 2048, true, false),
            rmsBackward(F32, 3, 2048, true, true)),
        rmsBackward(BF16, 16384, 2048, true, false));
  }

  private static KernelTrial rmsBackward(
      ElementType type, int rows, int width, boolean accumulate, boolean weightGradient) {
    return new KernelTrial(
        "%s, %d rows of %d%s%s"
            .formatted(
                type,
                rows,
                width,
                accumulate ? ", accumulated" : "",
                weightGradient ? ", with dw" : ""),
        memory -> {
          int n = rows * width;
          TrialArray dy = memory.normal(type, n);
          TrialArray x = memory.normal(type, n);
          TrialArray w = memory.normal(type, width);
          TrialArray rstd = memory.of(F32, rows, t -> 1 / Math.sqrt(meanSquare(x, t, width)));
          TrialArray dx = accumulate ? memory.normal(type, n) : memory.output(type, n);
          TrialArray dw = memory.normal(F32, width);
          TrialArray scratch = memory.output(F32, RmsNormBackward.scratchElements(rows, width));
          double[] expectedDx = new double[n];
          double[] expectedDw = new double[width];
          for (int t = 0; t < rows; t++) {
            double dot = 0;
            for (int i = 0; i < width; i++) {
              dot += dy.get(t * width + i) * (w.get(i) + 1) * x.get(t * width + i);
            }
            double r = rstd.get(t);
            for (int i = 0; i < width; i++) {
              int at = t * width + i;
              double g = dy.get(at) * (w.get(i) + 1);
              expectedDx[at] =
                  (accumulate ? dx.get(at) : 0) + r * (g - x.get(at) * r * r * dot / width);
              expectedDw[i] += dy.get(at) * x.get(at) * r;
            }
          }
          Trial trial =
              new Trial(
                      RmsNormBackward.launches(
                          dy.array(),
                          x.array(),
                          w.array(),
                          1,
                          rstd.array(),
                          accumulate,
                          dx.array(),
                          weightGradient ? dw.array() : null,
                          weightGradient ? scratch.array() : null,
                          rows,
                          width))
                  .expect("dx", dx, i -> expectedDx[i], NORM)
                  .work((accumulate ? 4L : 3L) * n * type.bytes(), 11.0 * n);
          return weightGradient
              ? trial.expect("dw", dw, i -> dw.get(i) + expectedDw[i], NORM)
              : trial;
        });
  }

  private static double meanSquare(TrialArray x, int row, int width) {
    double squares = 0;
    for (int i = row * width; i < (row + 1) * width; i++) {
      squares += x.get(i) * x.get(i);
    }
    return squares / width + EPSILON;
  }

  private static KernelEntry layerNorm() {
    return new KernelEntry(
        "layer-norm",
        "y = (x − mean(x))/√(var(x) + ε)·w + b",
        List.of(
            layer(BF16, 5, 576, true, 0),
            layer(F32, 33, 31, false, 30),
            layer(F32, 3, 127, true, 30),
            layer(F32, 2, 4097, true, 0),
            layer(BF16, 3, 768, true, 0),
            layer(F32, 2, 2048, false, 3)),
        layer(BF16, 65536, 768, true, 0));
  }

  private static KernelTrial layer(
      ElementType type, int rows, int width, boolean biased, double mean) {
    return new KernelTrial(
        "%s, %d rows of %d around %s%s"
            .formatted(type, rows, width, mean, biased ? ", with bias" : ""),
        memory -> {
          int n = rows * width;
          TrialArray noise = memory.normal(F32, n);
          TrialArray x = memory.of(type, n, i -> mean + noise.get(i));
          TrialArray w = memory.normal(type, width);
          TrialArray b = memory.normal(type, width);
          TrialArray y = memory.output(type, n);
          TrialArray means = memory.output(F32, rows);
          TrialArray rstd = memory.output(F32, rows);
          double[] mu = new double[rows];
          double[] rho = new double[rows];
          statistics(x, rows, width, mu, rho);
          return new Trial(
                  LayerNorm.launches(
                      x.array(),
                      w.array(),
                      biased ? b.array() : null,
                      EPSILON,
                      y.array(),
                      width,
                      means.array(),
                      rstd.array(),
                      rows,
                      width))
              .expect("mean", means, t -> mu[t], NORM)
              .expect("rstd", rstd, t -> rho[t], NORM)
              .expect(
                  "y",
                  y,
                  i ->
                      (x.get(i) - mu[i / width]) * rho[i / width] * w.get(i % width)
                          + (biased ? b.get(i % width) : 0),
                  NORM)
              .work(2L * n * type.bytes(), 7.0 * n);
        });
  }

  private static void statistics(TrialArray x, int rows, int width, double[] mean, double[] rstd) {
    for (int t = 0; t < rows; t++) {
      double sum = 0;
      for (int i = t * width; i < (t + 1) * width; i++) {
        sum += x.get(i);
      }
      mean[t] = sum / width;
      double squares = 0;
      for (int i = t * width; i < (t + 1) * width; i++) {
        squares += (x.get(i) - mean[t]) * (x.get(i) - mean[t]);
      }
      rstd[t] = 1 / Math.sqrt(squares / width + EPSILON);
    }
  }

  private static KernelEntry layerNormBackward() {
    return new KernelEntry(
        "layer-norm-backward",
        "dx = ρ(g − mean(g) − n·mean(g·n)), dw += Σ dy·n, db += Σ dy",
        List.of(
            layerBackward(BF16, 9, 576, false, true),
            layerBackward(F32, 33, 31, true, true),
            layerBackward(F32, 7, 127, false, false),
            layerBackward(F32, 2, 4097, false, true),
            layerBackward(F32, 3, 768, true, true)),
        layerBackward(BF16, 65536, 768, true, true));
  }

  private static KernelTrial layerBackward(
      ElementType type, int rows, int width, boolean accumulate, boolean gradients) {
    return new KernelTrial(
        "%s, %d rows of %d%s%s"
            .formatted(
                type,
                rows,
                width,
                accumulate ? ", accumulated" : "",
                gradients ? ", with dw and db" : ""),
        memory -> {
          int n = rows * width;
          TrialArray dy = memory.normal(type, n);
          TrialArray x = memory.normal(type, n);
          TrialArray w = memory.normal(type, width);
          double[] mu = new double[rows];
          double[] rho = new double[rows];
          statistics(x, rows, width, mu, rho);
          TrialArray mean = memory.of(F32, rows, t -> mu[t]);
          TrialArray rstd = memory.of(F32, rows, t -> rho[t]);
          TrialArray dx = accumulate ? memory.normal(type, n) : memory.output(type, n);
          TrialArray dw = memory.normal(F32, width);
          TrialArray db = memory.normal(F32, width);
          TrialArray scratch = memory.output(F32, LayerNormBackward.scratchElements(rows, width));
          double[] expectedDx = new double[n];
          double[] expectedDw = new double[width];
          double[] expectedDb = new double[width];
          for (int t = 0; t < rows; t++) {
            double sum = 0;
            double dot = 0;
            for (int i = 0; i < width; i++) {
              double g = dy.get(t * width + i) * w.get(i);
              sum += g;
              dot += g * (x.get(t * width + i) - mu[t]) * rho[t];
            }
            for (int i = 0; i < width; i++) {
              int at = t * width + i;
              double normal = (x.get(at) - mu[t]) * rho[t];
              double change = rho[t] * (dy.get(at) * w.get(i) - sum / width - normal * dot / width);
              expectedDx[at] = (accumulate ? dx.get(at) : 0) + change;
              expectedDw[i] += dy.get(at) * normal;
              expectedDb[i] += dy.get(at);
            }
          }
          Trial trial =
              new Trial(
                      LayerNormBackward.launches(
                          dy.array(),
                          x.array(),
                          w.array(),
                          mean.array(),
                          rstd.array(),
                          accumulate,
                          dx.array(),
                          gradients ? dw.array() : null,
                          gradients ? db.array() : null,
                          gradients ? scratch.array() : null,
                          rows,
                          width))
                  .expect("dx", dx, i -> expectedDx[i], NORM)
                  .work((accumulate ? 4L : 3L) * n * type.bytes(), 14.0 * n);
          return gradients
              ? trial
                  .expect("dw", dw, i -> dw.get(i) + expectedDw[i], NORM)
                  .expect("db", db, i -> db.get(i) + expectedDb[i], NORM)
              : trial;
        });
  }
}
