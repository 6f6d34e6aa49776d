package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.VOCABULARIES;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.ArgMax;
import dev.sifter.kernels.library.SampleToken;
import dev.sifter.kernels.ptx.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Choosing tokens. */
final class SamplingTrials {
  private SamplingTrials() {}

  static List<KernelEntry> all() {
    return List.of(argMax(), sample());
  }

  private static KernelEntry argMax() {
    return new KernelEntry(
            "arg-max",
            "the first index of the largest element of each row",
            join(
                List.of(
                    argMax(BF16, 3, 1024),
                    argMax(F32, 33, 31),
                    argMax(F32, 2, 4097),
                    argMax(F32, 5, 1)),
                each(TOKENS, rows -> argMax(BF16, rows, 33)),
                each(VOCABULARIES, width -> argMax(BF16, 3, width)),
                List.of(argMax(F32, 3, 50_257), argMax(F16, 9, 1031), argMax(BF16, 9, 7))),
            argMax(BF16, 64, 128256))
        .streaming();
  }

  private static KernelTrial argMax(ElementType type, int rows, int width) {
    return new KernelTrial(
        "%s, %d rows of %d, with ties".formatted(type, rows, width),
        memory -> {
          TrialArray noise = memory.normal(F32, (long) rows * width);
          TrialArray x = memory.of(type, (long) rows * width, i -> Math.min(1, noise.get(i)));
          DeviceSlice out = memory.allocate(4L * rows);
          return new Trial(ArgMax.launches(x.array(), out, rows, width))
              .expect("out", out, () -> argMaxima(x, rows, width))
              .work((long) rows * width * type.bytes(), (double) rows * width)
              // The vector with the largest, element by element.
              .rereads(32L * rows * (16 / type.bytes()));
        });
  }

  private static int[] argMaxima(TrialArray x, int rows, int width) {
    int[] best = new int[rows];
    for (int t = 0; t < rows; t++) {
      for (int i = 1; i < width; i++) {
        if (x.get((long) t * width + i) > x.get((long) t * width + best[t])) {
          best[t] = i;
        }
      }
    }
    return best;
  }

  private static KernelEntry sample() {
    return new KernelEntry(
        "sample-token",
        "a token of each row, with temperature, top-k and top-p",
        join(
            List.of(
                sample(F32, 4, 300, 0.7f, 20, 0.9f),
                sample(F32, 3, 31, 1, 31, 1),
                sample(BF16, 2, 1030, 1.3f, 1030, 0.5f),
                sample(F32, 2, 700, 1, 1, 1),
                sample(F32, 1, 1, 1, 1, 0.1f)),
            each(VOCABULARIES, vocab -> sample(BF16, 1, vocab, 0.8f, 50, 0.95f)),
            List.of(
                sample(F32, 3, 50_257, 1, 50_257, 0.9f),
                sample(F16, 9, 1031, 0.7f, 40, 1),
                sample(BF16, 9, 7, 1.5f, 3, 0.6f),
                sample(F32, 33, 127, 1, 5, 0.01f))),
        sample(F32, 8, 128256, 0.7f, 50, 0.95f));
  }

  private static KernelTrial sample(
      ElementType type, int rows, int vocab, float temperature, int topK, float topP) {
    return new KernelTrial(
        "%s, %d rows of %d, temperature %s, top-k %d, top-p %s"
            .formatted(type, rows, vocab, temperature, topK, topP),
        memory -> {
          TrialArray x = memory.normal(type, (long) rows * vocab, 2);
          TrialArray u = memory.uniform(F32, rows);
          DeviceSlice tokens = memory.allocate(4L * rows);
          return new Trial(
                  SampleToken.launches(
                      x.array(), temperature, topK, topP, u.array(), tokens, rows, vocab))
              .expect(
                  "tokens",
                  tokens,
                  () ->
                      IntStream.range(0, rows)
                          .map(
                              t ->
                                  draw(
                                      Arrays.copyOfRange(x.values(), t * vocab, (t + 1) * vocab),
                                      temperature,
                                      topK,
                                      topP,
                                      u.get(t)))
                          .toArray())
              .work((long) rows * vocab * type.bytes(), 200.0 * rows * vocab);
        });
  }

  private static int draw(float[] row, float temperature, int topK, float topP, double u) {
    float[] sorted = row.clone();
    Arrays.sort(sorted);
    float max = sorted[sorted.length - 1];
    float least = sorted[sorted.length - topK];
    double all = 0;
    for (float x : row) {
      all += x >= least ? Math.exp((x - max) / temperature) : 0;
    }
    // In ascending order, tokens are excluded while their sum is at most 1 − p.
    double below = 0;
    float cut = max;
    for (float x : sorted) {
      below += x >= least ? Math.exp((x - max) / temperature) : 0;
      if (x >= least && below > (1 - topP) * all) {
        cut = x;
        break;
      }
    }
    double kept = 0;
    for (float x : row) {
      kept += x >= cut ? Math.exp((x - max) / temperature) : 0;
    }
    double sum = 0;
    int last = 0;
    for (int i = 0; i < row.length; i++) {
      if (row[i] >= cut) {
        sum += Math.exp((row[i] - max) / temperature);
        last = i;
        if (sum > u * kept) {
          return i;
        }
      }
    }
    return last;
  }
}
