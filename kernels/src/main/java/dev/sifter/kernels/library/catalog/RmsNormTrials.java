package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.RmsNorm;
import dev.sifter.kernels.library.RmsNormBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** RMSNorm. */
final class RmsNormTrials {
  private static final float EPSILON = 1e-5f;
  private static final Tolerance NORM =
      new Tolerance(
          1e-6,
          4e-6,
          "a root, a division and two products; of the largest for the sums over a row or rows");

  private RmsNormTrials() {}

  static List<KernelEntry> all() {
    return List.of(rmsNorm(), residualRmsNorm(), rmsNormBackward());
  }

  private static KernelEntry rmsNorm() {
    return new KernelEntry(
            "rms-norm",
            "y = x/√(mean(x²) + ε)·(w + offset)",
            join(
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
                each(TOKENS, rows -> rms(F32, rows, 24, 0, false, 0))),
            rms(BF16, 16384, 2048, 0, false, 0))
        .streaming();
  }

  private static KernelEntry residualRmsNorm() {
    return new KernelEntry(
            "residual-rms-norm",
            "x = x + d; y = x/√(mean(x²) + ε)·(w + offset)",
            join(
                List.of(
                    rms(BF16, 5, 576, 0, true, 0),
                    rms(F32, 33, 31, 1, true, 1),
                    rms(BF16, 2, 2048, 0, true, 64),
                    rms(F32, 3, 4096, 0, true, 0)),
                each(TOKENS, rows -> rms(BF16, rows, 24, 0, true, 8)),
                each(HIDDEN_SIZES, width -> rms(BF16, 2, width, 1, true, 64))),
            rms(BF16, 16384, 2048, 0, true, 0))
        .streaming();
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
          IntToDoubleFunction sum =
              i -> Elements.rounded(type, (float) (x.get(i) + (residual ? d.get(i) : 0)));
          Lazy<double[]> rho =
              Lazy.of(
                  () ->
                      IntStream.range(0, rows)
                          .mapToDouble(t -> 1 / Math.sqrt(meanSquare(sum, t, width)))
                          .toArray());
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
                  .expect("rstd", rstd, t -> rho.get()[t], NORM)
                  .expect(
                      "y",
                      y,
                      n -> {
                        int t = n / stride;
                        int i = n % stride;
                        return i < width
                            ? sum.applyAsDouble(t * width + i) * rho.get()[t] * (w.get(i) + offset)
                            : 7;
                      },
                      NORM)
                  .work(
                      (residual ? 4 : 2) * tensors + width * type.bytes(),
                      (residual ? 6.0 : 5.0) * rows * width)
                  .rereads((rows - 1L) * width * type.bytes());
          return residual ? trial.expect("x", x, sum, Tolerance.exact("one rounding")) : trial;
        });
  }

  private static KernelEntry rmsNormBackward() {
    return new KernelEntry(
        "rms-norm-backward",
        "dx = ρ(g − x·ρ²·mean(g·x)), dw += Σ dy·x·ρ, g = dy·(w + offset)",
        join(
            List.of(
                rmsBackward(BF16, 9, 576, false, true, 0),
                rmsBackward(F32, 1, 2, true, true, 0),
                rmsBackward(F32, 33, 31, false, true, 0),
                rmsBackward(F32, 7, 127, true, false, 0),
                rmsBackward(F32, 2, 4097, false, true, 0),
                rmsBackward(BF16, 65, 64, true, true, 0),
                rmsBackward(BF16, 5, 576, true, false, 64),
                rmsBackward(F32, 33, 40, false, true, 12),
                rmsBackward(F32, 600, 8, false, true, 0),
                rmsBackward(BF16, 2, 2048, true, false, 0),
                rmsBackward(F32, 3, 2048, true, true, 0)),
            each(TOKENS, rows -> rmsBackward(BF16, rows, 24, false, true, 0)),
            each(HIDDEN_SIZES, width -> rmsBackward(BF16, 2, width, true, true, 0))),
        rmsBackward(BF16, 16384, 2048, true, false, 0));
  }

  private static KernelTrial rmsBackward(
      ElementType type,
      int rows,
      int width,
      boolean accumulate,
      boolean weightGradient,
      int border) {
    return new KernelTrial(
        "%s, %d rows of %d, dx %d apart%s%s"
            .formatted(
                type,
                rows,
                width,
                width + border,
                accumulate ? ", accumulated" : "",
                weightGradient ? ", with dw" : ""),
        memory -> {
          int elements = rows * width;
          TrialArray dy = memory.normal(type, elements);
          TrialArray x = memory.normal(type, elements);
          TrialArray w = memory.normal(type, width);
          TrialArray rstd = memory.of(F32, rows, t -> 1 / Math.sqrt(meanSquare(x::get, t, width)));
          int stride = width + border;
          boolean filled = accumulate || border > 0;
          long room = (long) rows * stride;
          TrialArray dx = filled ? memory.normal(type, room) : memory.output(type, room);
          TrialArray dw = memory.normal(F32, width);
          TrialArray scratch = memory.output(F32, RmsNormBackward.scratchElements(rows, width));
          Lazy<Gradients> expected = Lazy.of(() -> Gradients.of(dy, x, w, rstd, rows, width));
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
                          stride,
                          weightGradient ? dw.array() : null,
                          weightGradient ? scratch.array() : null,
                          rows,
                          width))
                  .expect(
                      "dx",
                      dx,
                      n -> {
                        int i = n % stride;
                        double before = accumulate || i >= width ? dx.get(n) : 0;
                        return before + (i < width ? expected.get().dx[n / stride * width + i] : 0);
                      },
                      NORM)
                  .work(
                      (accumulate ? 4L : 3L) * elements * type.bytes(),
                      (6.0 + (weightGradient ? 3 : 0) + (accumulate ? 1 : 0)) * elements);
          return weightGradient
              ? trial.expect("dw", dw, i -> dw.get(i) + expected.get().dw[i], NORM)
              : trial;
        });
  }

  private static double meanSquare(IntToDoubleFunction x, int row, int width) {
    double squares = 0;
    for (int i = row * width; i < (row + 1) * width; i++) {
      squares += x.applyAsDouble(i) * x.applyAsDouble(i);
    }
    return squares / width + EPSILON;
  }

  /** Of a weight with offset 1. */
  private record Gradients(double[] dx, double[] dw) {
    static Gradients of(
        TrialArray dy, TrialArray x, TrialArray w, TrialArray rstd, int rows, int width) {
      double[] dx = new double[rows * width];
      double[] dw = new double[width];
      for (int t = 0; t < rows; t++) {
        double dot = 0;
        for (int i = 0; i < width; i++) {
          dot += dy.get(t * width + i) * (w.get(i) + 1) * x.get(t * width + i);
        }
        double r = rstd.get(t);
        for (int i = 0; i < width; i++) {
          int at = t * width + i;
          double g = dy.get(at) * (w.get(i) + 1);
          dx[at] = r * (g - x.get(at) * r * r * dot / width);
          dw[i] += dy.get(at) * x.get(at) * r;
        }
      }
      return new Gradients(dx, dw);
    }
  }
}
