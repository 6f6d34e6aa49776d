package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.LayerNorm;
import dev.sifter.kernels.library.LayerNormBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** LayerNorm. */
final class LayerNormTrials {
  private static final float EPSILON = 1e-5f;
  private static final Tolerance NORM =
      new Tolerance(
          1e-6,
          4e-6,
          "a root, a division and two products; of the largest for the sums over a row or rows");

  private LayerNormTrials() {}

  static List<KernelEntry> all() {
    return List.of(layerNorm(), layerNormBackward());
  }

  private static KernelEntry layerNorm() {
    return new KernelEntry(
            "layer-norm",
            "y = (x − mean(x))/√(var(x) + ε)·(w + offset) + b",
            join(
                List.of(
                    layer(BF16, 5, 576, 0, true, 0),
                    layer(F32, 33, 31, 0, false, 30),
                    layer(F32, 3, 127, 1, true, 30),
                    layer(F32, 2, 4097, 0, true, 0),
                    layer(BF16, 3, 768, 0, true, 0),
                    layer(F32, 2, 2048, 0, false, 3)),
                each(TOKENS, rows -> layer(F32, rows, 24, 0, true, 0)),
                each(HIDDEN_SIZES, width -> layer(BF16, 2, width, 0, true, 1))),
            layer(BF16, 65536, 768, 0, true, 0))
        .streaming();
  }

  private static KernelTrial layer(
      ElementType type, int rows, int width, float offset, boolean biased, double mean) {
    return new KernelTrial(
        "%s, %d rows of %d around %s%s%s"
            .formatted(type, rows, width, mean, biased ? ", with bias" : "", named(offset)),
        memory -> {
          int n = rows * width;
          TrialArray noise = memory.normal(F32, n);
          TrialArray x = memory.of(type, n, i -> mean + noise.get(i));
          TrialArray w = memory.normal(type, width);
          TrialArray b = memory.normal(type, width);
          TrialArray y = memory.output(type, n);
          TrialArray means = memory.output(F32, rows);
          TrialArray rstd = memory.output(F32, rows);
          Lazy<Statistics> statistics = Lazy.of(() -> Statistics.of(x, rows, width));
          long parameters = (biased ? 2L : 1L) * width * type.bytes();
          return new Trial(
                  LayerNorm.launches(
                      x.array(),
                      w.array(),
                      biased ? b.array() : null,
                      EPSILON,
                      offset,
                      y.array(),
                      width,
                      means.array(),
                      rstd.array(),
                      rows,
                      width))
              .expect("mean", means, t -> statistics.get().mean[t], NORM)
              .expect("rstd", rstd, t -> statistics.get().rstd[t], NORM)
              .expect(
                  "y",
                  y,
                  i ->
                      statistics.get().normal(x, i) * (w.get(i % width) + offset)
                          + (biased ? b.get(i % width) : 0),
                  NORM)
              .work(2L * n * type.bytes() + parameters, (biased ? 8.0 : 7.0) * n)
              .rereads((rows - 1) * parameters);
        });
  }

  private static String named(float offset) {
    return offset == 0 ? "" : ", offset " + offset;
  }

  private record Statistics(double[] mean, double[] rstd, int width) {
    static Statistics of(TrialArray x, int rows, int width) {
      double[] mean = new double[rows];
      double[] rstd = new double[rows];
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
      return new Statistics(mean, rstd, width);
    }

    double normal(TrialArray x, int i) {
      return (x.get(i) - mean[i / width]) * rstd[i / width];
    }
  }

  private static KernelEntry layerNormBackward() {
    return new KernelEntry(
        "layer-norm-backward",
        "dx = ρ(g − mean(g) − n·mean(g·n)), dw += Σ dy·n, db += Σ dy, g = dy·(w + offset)",
        join(
            List.of(
                layerBackward(BF16, 9, 576, 0, false, true),
                layerBackward(F32, 33, 31, 1, true, true),
                layerBackward(F32, 7, 127, 0, false, false),
                layerBackward(F32, 2, 4097, 0, false, true),
                layerBackward(F32, 3, 768, 0, true, true)),
            each(TOKENS, rows -> layerBackward(BF16, rows, 24, 0, false, true)),
            each(HIDDEN_SIZES, width -> layerBackward(BF16, 2, width, 0, true, true))),
        layerBackward(BF16, 65536, 768, 0, true, true));
  }

  private static KernelTrial layerBackward(
      ElementType type, int rows, int width, float offset, boolean accumulate, boolean gradients) {
    return new KernelTrial(
        "%s, %d rows of %d%s%s%s"
            .formatted(
                type,
                rows,
                width,
                accumulate ? ", accumulated" : "",
                gradients ? ", with dw and db" : "",
                named(offset)),
        memory -> {
          int n = rows * width;
          TrialArray dy = memory.normal(type, n);
          TrialArray x = memory.normal(type, n);
          TrialArray w = memory.normal(type, width);
          Lazy<Statistics> statistics = Lazy.of(() -> Statistics.of(x, rows, width));
          TrialArray mean = memory.of(F32, rows, t -> statistics.get().mean[t]);
          TrialArray rstd = memory.of(F32, rows, t -> statistics.get().rstd[t]);
          TrialArray dx = accumulate ? memory.normal(type, n) : memory.output(type, n);
          TrialArray dw = memory.normal(F32, width);
          TrialArray db = memory.normal(F32, width);
          TrialArray scratch = memory.output(F32, LayerNormBackward.scratchElements(rows, width));
          Lazy<Gradients> expected =
              Lazy.of(() -> Gradients.of(dy, x, w, offset, statistics.get(), rows));
          Trial trial =
              new Trial(
                      LayerNormBackward.launches(
                          dy.array(),
                          x.array(),
                          w.array(),
                          offset,
                          mean.array(),
                          rstd.array(),
                          accumulate,
                          dx.array(),
                          gradients ? dw.array() : null,
                          gradients ? db.array() : null,
                          gradients ? scratch.array() : null,
                          rows,
                          width))
                  .expect("dx", dx, i -> (accumulate ? dx.get(i) : 0) + expected.get().dx[i], NORM)
                  .work(
                      (accumulate ? 4L : 3L) * n * type.bytes(),
                      (10.0 + (gradients ? 3 : 0) + (accumulate ? 1 : 0)) * n);
          return gradients
              ? trial
                  .expect("dw", dw, i -> dw.get(i) + expected.get().dw[i], NORM)
                  .expect("db", db, i -> db.get(i) + expected.get().db[i], NORM)
              : trial;
        });
  }

  private record Gradients(double[] dx, double[] dw, double[] db) {
    static Gradients of(
        TrialArray dy, TrialArray x, TrialArray w, float offset, Statistics statistics, int rows) {
      int width = statistics.width;
      double[] dx = new double[rows * width];
      double[] dw = new double[width];
      double[] db = new double[width];
      for (int t = 0; t < rows; t++) {
        double sum = 0;
        double dot = 0;
        for (int i = 0; i < width; i++) {
          double g = dy.get(t * width + i) * (w.get(i) + offset);
          sum += g;
          dot += g * statistics.normal(x, t * width + i);
        }
        for (int i = 0; i < width; i++) {
          int at = t * width + i;
          double normal = statistics.normal(x, at);
          double g = dy.get(at) * (w.get(i) + offset);
          dx[at] = statistics.rstd[t] * (g - sum / width - normal * dot / width);
          dw[i] += dy.get(at) * normal;
          db[i] += dy.get(at);
        }
      }
      return new Gradients(dx, dw, db);
    }
  }
}
