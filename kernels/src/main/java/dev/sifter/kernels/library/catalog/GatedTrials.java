package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.HIDDEN_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.ActivationFunction;
import dev.sifter.kernels.library.Gated;
import dev.sifter.kernels.library.GatedBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Gated activations, and their gradients in place. */
final class GatedTrials {
  private static final Tolerance SMOOTH =
      new Tolerance(1e-6, 2e-7, "an exponential of 4 ulp and a few products");

  private GatedTrials() {}

  static List<KernelEntry> all() {
    return Arrays.stream(ActivationFunction.values())
        .flatMap(function -> Stream.of(gated(function), gatedBackward(function)))
        .toList();
  }

  private static KernelEntry gated(ActivationFunction function) {
    String name = KernelCatalog.hyphenated(function);
    return new KernelEntry(
            "gated-" + name,
            "y = f(gate)·up, f = " + name,
            join(
                List.of(
                    gated(function, BF16, 9, 256, 0),
                    gated(function, F32, 33, 31, 0),
                    gated(function, BF16, 3, 576, 64),
                    gated(function, F32, 1, 4097, 3)),
                each(TOKENS, rows -> gated(function, F32, rows, 8, 0)),
                each(HIDDEN_SIZES, width -> gated(function, BF16, 2, width, 64))),
            gated(function, BF16, 16384, 8192, 0))
        .streaming();
  }

  /** Gate and up are the two halves of one matrix; y lies in a wider one. */
  private static KernelTrial gated(
      ActivationFunction function, ElementType type, int rows, int width, int border) {
    return new KernelTrial(
        "%s, %d rows of %d, y %d apart".formatted(type, rows, width, width + border),
        memory -> {
          TrialArray both = memory.normal(type, 2L * rows * width, 3);
          int stride = width + border;
          TrialArray y = memory.of(type, (long) rows * stride, i -> 7);
          return new Trial(
                  Gated.launches(
                      function,
                      both.from(0),
                      both.from(width),
                      2 * width,
                      y.array(),
                      stride,
                      rows,
                      width))
              .expect(
                  "y",
                  y,
                  n -> {
                    int at = n / stride * 2 * width + n % stride;
                    return n % stride < width
                        ? Formulas.value(function, both.get(at)) * both.get(at + width)
                        : 7;
                  },
                  SMOOTH)
              .work(
                  3L * rows * width * type.bytes(),
                  (Formulas.valueFlops(function) + 1) * rows * width);
        });
  }

  private static KernelEntry gatedBackward(ActivationFunction function) {
    String name = KernelCatalog.hyphenated(function);
    return new KernelEntry(
            "gated-backward-" + name,
            "dGate = dy·up·f′(gate), dUp = dy·f(gate), f = " + name,
            join(
                List.of(
                    gatedBackward(function, BF16, 9, 256),
                    gatedBackward(function, F32, 33, 31),
                    gatedBackward(function, F32, 3, 576)),
                each(TOKENS, rows -> gatedBackward(function, BF16, rows, 8)),
                each(HIDDEN_SIZES, width -> gatedBackward(function, BF16, 2, width))),
            gatedBackward(function, BF16, 16384, 8192))
        .streaming();
  }

  /** In place: the gradients overwrite gate and up. */
  private static KernelTrial gatedBackward(
      ActivationFunction function, ElementType type, int rows, int width) {
    return new KernelTrial(
        "%s, %d rows of %d, in place".formatted(type, rows, width),
        memory -> {
          TrialArray dy = memory.normal(type, (long) rows * width);
          TrialArray both = memory.normal(type, 2L * rows * width, 3);
          return new Trial(
                  GatedBackward.launches(
                      function,
                      dy.array(),
                      width,
                      both.from(0),
                      both.from(width),
                      2 * width,
                      both.from(0),
                      both.from(width),
                      2 * width,
                      rows,
                      width))
              .expect(
                  "dGate and dUp",
                  both,
                  n -> {
                    int i = n % (2 * width) % width;
                    int row = n / (2 * width) * 2 * width;
                    double gate = both.get(row + i);
                    double up = both.get(row + width + i);
                    double d = dy.get(row / 2 + i);
                    return n % (2 * width) < width
                        ? d * up * Formulas.derivative(function, gate)
                        : d * Formulas.value(function, gate);
                  },
                  SMOOTH)
              .work(
                  5L * rows * width * type.bytes(),
                  (Formulas.slopeFlops(function) + 3) * rows * width);
        });
  }
}
