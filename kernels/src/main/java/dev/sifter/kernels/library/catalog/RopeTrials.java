package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HEAD_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.NormedRope;
import dev.sifter.kernels.library.Rope;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Rotary positions. */
final class RopeTrials {
  private static final Tolerance ROTATION =
      new Tolerance(0, 4e-7, "two products and a sum, which may cancel");
  private static final Tolerance NORMED =
      new Tolerance(1e-6, 1e-6, "a sum over a head, a root, products that may cancel");

  private RopeTrials() {}

  static List<KernelEntry> all() {
    return List.of(rope(), normedRope());
  }

  private static KernelEntry rope() {
    return new KernelEntry(
            "rope",
            "y[i] = x[i]·cos − x[i+h]·sin, y[i+h] = x[i+h]·cos + x[i]·sin",
            join(
                List.of(
                    rope(BF16, 5, 3, 64, 64, false, false),
                    rope(F32, 1, 1, 2, 2, false, false),
                    rope(F32, 33, 2, 66, 66, true, false),
                    rope(F32, 7, 2, 127, 40, false, true),
                    rope(F32, 9, 1, 80, 2, true, true),
                    rope(BF16, 3, 2, 96, 32, true, false),
                    neighbours(BF16, 5, 3, 64, 64, false, false),
                    neighbours(F32, 33, 2, 66, 66, true, false),
                    neighbours(F32, 7, 2, 127, 40, false, true),
                    neighbours(BF16, 3, 2, 96, 48, true, true)),
                each(TOKENS, rows -> rope(BF16, rows, 1, 16, 16, false, false)),
                each(HEAD_SIZES, size -> rope(BF16, 3, 8, size, size, true, true))),
            rope(BF16, 16384, 32, 64, 64, false, false))
        .streaming();
  }

  private static KernelTrial rope(
      ElementType type,
      int rows,
      int heads,
      int headDim,
      int rotaryDim,
      boolean inverse,
      boolean accumulate) {
    return rope(type, rows, heads, headDim, rotaryDim, false, inverse, accumulate);
  }

  private static KernelTrial neighbours(
      ElementType type,
      int rows,
      int heads,
      int headDim,
      int rotaryDim,
      boolean inverse,
      boolean accumulate) {
    return rope(type, rows, heads, headDim, rotaryDim, true, inverse, accumulate);
  }

  private static KernelTrial rope(
      ElementType type,
      int rows,
      int heads,
      int headDim,
      int rotaryDim,
      boolean interleaved,
      boolean inverse,
      boolean accumulate) {
    return new KernelTrial(
        "%s, %d rows of %d heads of %d, %d rotated%s%s%s"
            .formatted(
                type,
                rows,
                heads,
                headDim,
                rotaryDim,
                interleaved ? " in neighbours" : "",
                inverse ? " back" : "",
                accumulate ? ", accumulated" : ""),
        memory -> {
          int width = heads * headDim;
          int half = rotaryDim / 2;
          TrialArray x = memory.normal(type, (long) rows * width);
          TrialArray cos = memory.of(F32, (rows + 2L) * half, i -> Math.cos(i));
          TrialArray sin = memory.of(F32, (rows + 2L) * half, i -> Math.sin(i));
          int[] positions = IntStream.range(0, rows).map(t -> rows + 1 - t).toArray();
          TrialArray y =
              accumulate
                  ? memory.normal(type, (long) rows * width)
                  : memory.output(type, (long) rows * width);
          return new Trial(
                  Rope.launches(
                      x.array(),
                      width,
                      heads,
                      headDim,
                      rotaryDim,
                      interleaved,
                      cos.array(),
                      sin.array(),
                      memory.integers(positions),
                      inverse,
                      accumulate,
                      y.array(),
                      width,
                      rows))
              .expect(
                  "y",
                  y,
                  n -> {
                    int i = n % headDim;
                    double before = accumulate ? y.get(n) : 0;
                    if (i >= rotaryDim) {
                      return before + x.get(n);
                    }
                    boolean low = interleaved ? i % 2 == 0 : i < half;
                    int apart = interleaved ? 1 : half;
                    int pair = low ? n + apart : n - apart;
                    int angle = positions[n / width] * half + (interleaved ? i / 2 : i % half);
                    double sine = (inverse ? -1 : 1) * sin.get(angle);
                    double turned = x.get(pair) * (low ? -sine : sine);
                    return before + x.get(n) * cos.get(angle) + turned;
                  },
                  ROTATION)
              .work(
                  (accumulate ? 3L : 2L) * rows * width * type.bytes(),
                  (accumulate ? 4.0 : 3.0) * rows * width)
              // Cosines and sines, by each head.
              .rereads(8L * rows * heads * half);
        });
  }

  private static KernelEntry normedRope() {
    return new KernelEntry(
        "normed-rope",
        "RMSNorm of each head, then rotary positions: queries and keys of Qwen 3",
        join(
            List.of(
                normedRope(BF16, 5, 3, 64, 64),
                normedRope(BF16, 5, 3, 64, 64, true),
                normedRope(F32, 1, 1, 2, 2),
                normedRope(F32, 7, 2, 127, 40),
                normedRope(BF16, 3, 2, 256, 128)),
            each(TOKENS, rows -> normedRope(BF16, rows, 1, 16, 16)),
            each(HEAD_SIZES, size -> normedRope(BF16, 3, 8, size, size))),
        normedRope(BF16, 16384, 16, 128, 128));
  }

  private static KernelTrial normedRope(
      ElementType type, int rows, int heads, int headDim, int rotaryDim) {
    return normedRope(type, rows, heads, headDim, rotaryDim, false);
  }

  private static KernelTrial normedRope(
      ElementType type, int rows, int heads, int headDim, int rotaryDim, boolean inPlace) {
    return new KernelTrial(
        "%s, %d rows of %d heads of %d, %d rotated%s"
            .formatted(type, rows, heads, headDim, rotaryDim, inPlace ? ", in place" : ""),
        memory -> {
          int width = heads * headDim;
          int half = rotaryDim / 2;
          TrialArray x = memory.normal(type, (long) rows * width);
          TrialArray w = memory.normal(type, headDim);
          TrialArray cos = memory.of(F32, (rows + 2L) * half, i -> Math.cos(i));
          TrialArray sin = memory.of(F32, (rows + 2L) * half, i -> Math.sin(i));
          int[] positions = IntStream.range(0, rows).map(t -> rows + 1 - t).toArray();
          TrialArray y = inPlace ? x : memory.output(type, (long) rows * width);
          TrialArray rstd = memory.output(F32, (long) rows * heads);
          Lazy<double[]> rho =
              Lazy.of(
                  () ->
                      IntStream.range(0, rows * heads)
                          .mapToDouble(head -> rho(x, head, headDim))
                          .toArray());
          IntToDoubleFunction normed =
              n -> x.get(n) * rho.get()[n / headDim] * (w.get(n % headDim) + 1);
          return new Trial(
                  NormedRope.launches(
                      x.array(),
                      width,
                      heads,
                      headDim,
                      rotaryDim,
                      w.array(),
                      1e-6f,
                      1,
                      cos.array(),
                      sin.array(),
                      memory.integers(positions),
                      y.array(),
                      width,
                      rstd.array(),
                      rows))
              .expect("rstd", rstd, i -> rho.get()[i], NORMED)
              .expect(
                  "y",
                  y,
                  n -> {
                    int i = n % headDim;
                    if (i >= rotaryDim) {
                      return normed.applyAsDouble(n);
                    }
                    int pair = i < half ? n + half : n - half;
                    int angle = positions[n / width] * half + i % half;
                    double turned = normed.applyAsDouble(pair) * sin.get(angle);
                    return normed.applyAsDouble(n) * cos.get(angle) + (i < half ? -turned : turned);
                  },
                  NORMED)
              .work(2L * rows * width * type.bytes(), 8.0 * rows * width);
        });
  }

  private static double rho(TrialArray x, int head, int headDim) {
    double squares = 0;
    for (int i = head * headDim; i < (head + 1) * headDim; i++) {
      squares += x.get(i) * x.get(i);
    }
    return 1 / Math.sqrt(squares / headDim + 1e-6f);
  }
}
