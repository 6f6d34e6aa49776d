package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.VOCABULARIES;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.CrossEntropy;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/** Softmax cross-entropy. */
final class LossTrials {
  private static final Tolerance LOSS =
      new Tolerance(
          1e-6, 1e-6, "exponentials of 4 ulp; log Σ − x[target] cancels where it is sure");

  private LossTrials() {}

  static List<KernelEntry> all() {
    return List.of(
        new KernelEntry(
                "cross-entropy",
                "loss = log Σ exp(x) − x[target], entropy, arg max; x = scale·(softmax(x) −"
                    + " onehot)",
                join(
                    List.of(
                        trial(BF16, 3, 1024, 3, 0.25f, true, 0, false),
                        trial(F32, 1, 1, 3, 0.25f, true, 0, false),
                        trial(F32, 33, 127, 3, 0.25f, true, 0, false),
                        trial(F32, 3, 4097, 3, 0.25f, true, 0, false),
                        trial(F32, 2, 31, 0, 1, true, 0, false),
                        trial(F32, 9, 33, 1e4, 1, true, 0, false),
                        trial(F32, 4, 65, 100, 1, false, 0, false),
                        trial(BF16, 2, 8192, 3, 1, true, 0, false),
                        trial(F32, 0, 127, 3, 1, true, 0, false),
                        trial(BF16, 1, 49152, 3, 0, true, 0, false),
                        trial(F32, 2, 9001, 3, 0.5f, false, 0, false),
                        trial(F32, 5, 127, 3, 0.5f, true, 0.1f, false),
                        trial(F32, 3, 65, 3, 0.5f, false, 0, true),
                        trial(BF16, 2, 1024, 3, 1, false, 0.2f, true),
                        trial(F32, 3, 33, 1e4, 1, true, 0.1f, true),
                        // Rows that begin at every place within a vector; fewer elements than two.
                        trial(BF16, 9, 1031, 3, 0.5f, true, 0.1f, false),
                        trial(BF16, 9, 9, 3, 1, true, 0, false),
                        trial(BF16, 3, 50257, 3, 1, true, 0, false)),
                    each(TOKENS, rows -> trial(BF16, rows, 33, 3, 1, true, 0, false)),
                    each(VOCABULARIES, vocab -> trial(BF16, 2, vocab, 3, 0.5f, true, 0, false))),
                trial(BF16, 4096, 128256, 3, 1, false, 0, false))
            .streaming());
  }

  private static KernelTrial trial(
      ElementType type,
      int rows,
      int vocab,
      double deviation,
      float scale,
      boolean extras,
      float smoothing,
      boolean dynamic) {
    return new KernelTrial(
        "%s, %d rows of %d of size %s, scale %s%s, smoothing %s%s"
            .formatted(
                type,
                rows,
                vocab,
                deviation,
                scale,
                extras ? ", entropy and arg max" : "",
                smoothing,
                dynamic ? ", dynamic" : ""),
        memory -> {
          TrialArray x = memory.normal(type, (long) rows * vocab, deviation);
          int[] targets = memory.randomIntegers(rows, vocab);
          if (rows > 0) {
            targets[0] = vocab - 1;
          }
          TrialArray loss = memory.output(F32, rows);
          TrialArray entropy = memory.output(F32, rows);
          DeviceSlice argMax = memory.allocate(4L * rows);
          Lazy<List<Row>> expected =
              Lazy.of(() -> IntStream.range(0, rows).mapToObj(t -> Row.of(x, t, vocab)).toList());
          Trial trial =
              new Trial(
                      CrossEntropy.launches(
                          smoothing,
                          dynamic,
                          x.array(),
                          memory.integers(targets),
                          scale,
                          loss.array(),
                          extras ? entropy.array() : null,
                          extras ? argMax : null,
                          rows,
                          vocab))
                  .expect(
                      "loss",
                      loss,
                      t -> {
                        Row row = expected.get().get(t);
                        double nll = row.nll(x.get((long) t * vocab + targets[t]));
                        double uniform = row.logSum - row.distances / vocab;
                        return (dynamic ? Math.exp(-nll) : 1)
                            * ((1 - smoothing) * nll + (smoothing == 0 ? 0 : smoothing * uniform));
                      },
                      LOSS)
                  .expect(
                      "logits",
                      x,
                      i -> {
                        int t = i / vocab;
                        Row row = expected.get().get(t);
                        double nll = row.nll(x.get((long) t * vocab + targets[t]));
                        double p = Math.exp(x.get(i) - row.max - row.logSum);
                        double wanted =
                            (i % vocab == targets[t] ? 1 - smoothing : 0) + smoothing / vocab;
                        double weight = dynamic ? Math.exp(-nll) : 1;
                        return scale == 0 ? x.get(i) : scale * weight * (p - wanted);
                      },
                      LOSS)
                  .work(
                      (scale == 0 ? 1L : 2L) * rows * vocab * type.bytes(),
                      flopsOfLogit(extras, smoothing != 0, scale != 0) * rows * vocab)
                  // The logits once more; the target and its logit, by each of the warps; the
                  // vector with the largest logit, element by element.
                  .rereads(
                      (long) rows * vocab * type.bytes()
                          + 2 * 4 * 32L * rows
                          + (extras ? 32L * rows * (16 / type.bytes()) : 0));
          return extras
              ? trial
                  .expect("entropy", entropy, t -> expected.get().get(t).entropy, LOSS)
                  .expect(
                      "argMax",
                      argMax,
                      () -> expected.get().stream().mapToInt(Row::argMax).toArray())
              : trial;
        });
  }

  private record Row(double max, double logSum, double distances, double entropy, int argMax) {
    static Row of(TrialArray x, int row, int vocab) {
      long start = (long) row * vocab;
      int arg = 0;
      for (int i = 1; i < vocab; i++) {
        arg = x.get(start + i) > x.get(start + arg) ? i : arg;
      }
      double max = x.get(start + arg);
      double sum = 0;
      double weighted = 0;
      double distances = 0;
      for (int i = 0; i < vocab; i++) {
        double e = Math.exp(x.get(start + i) - max);
        sum += e;
        distances += x.get(start + i) - max;
        weighted += e * (x.get(start + i) - max);
      }
      return new Row(max, Math.log(sum), distances, Math.log(sum) - weighted / sum, arg);
    }

    double nll(double ofTarget) {
      return logSum + (max - ofTarget);
    }
  }

  private static double flopsOfLogit(boolean entropy, boolean smoothed, boolean gradient) {
    int ofSums = 3 + (entropy ? 2 : 0) + (smoothed ? 1 : 0);
    int ofGradient = smoothed ? 4 : 3;
    return ofSums + (gradient ? ofGradient : 0);
  }
}
