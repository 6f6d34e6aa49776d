package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.ClipFactor;
import dev.sifter.kernels.library.PairSum;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/** Updates of parameters, and norms of gradients. */
final class OptimizerTrials {
  private OptimizerTrials() {}

  static List<KernelEntry> all() {
    return List.of(adamW(), squaredNorm(), clipFactor());
  }

  private static KernelEntry adamW() {
    return new KernelEntry(
            "adamw",
            "m ← m + (1 − β₁)(g − m); v ← β₂v + (1 − β₂)g²; p ← p(1 − lr·wd) − lr·m̂/(√v̂ + ε)",
            join(
                List.of(
                    adamW(F32, null, 4096, 10),
                    adamW(F32, null, 33, 1),
                    adamW(F32, BF16, 1, 7),
                    adamW(BF16, BF16, 4097, 1000),
                    adamW(F32, null, 127, 3),
                    adamWOfNoNumber(Float.NaN),
                    adamWOfNoNumber(Float.POSITIVE_INFINITY)),
                each(TOKENS, n -> adamW(BF16, BF16, n, 2))),
            adamW(F32, BF16, 1 << 24, 10))
        .streaming();
  }

  private static KernelTrial adamW(ElementType type, ElementType copyType, int n, long step) {
    return new KernelTrial(
        "%d elements, gradients in %s%s, step %d"
            .formatted(n, type, copyType == null ? "" : ", copy in " + copyType, step),
        memory -> {
          TrialArray g = memory.normal(type, n);
          TrialArray p = memory.normal(F32, n);
          TrialArray m = memory.normal(F32, n, 0.1);
          TrialArray v = memory.uniform(F32, n);
          TrialArray copy = copyType == null ? null : memory.output(copyType, n);
          AdamW.Factors f = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, step, 0.3f);
          Tolerance bitwise = Tolerance.exact("the same fp32 operations as Java's");
          Trial trial =
              new Trial(
                      AdamW.launches(
                          array(memory, f),
                          g.array(),
                          p.array(),
                          m.array(),
                          v.array(),
                          copy == null ? null : copy.array(),
                          n))
                  .expect("m", m, i -> state(f, g, p, m, v, i).moment1(), bitwise)
                  .expect("v", v, i -> state(f, g, p, m, v, i).moment2(), bitwise)
                  .expect("p", p, i -> state(f, g, p, m, v, i).parameter(), bitwise)
                  .work(
                      (long) n * (type.bytes() + 24 + (copy == null ? 0 : copyType.bytes())),
                      14.0 * n);
          return copy == null
              ? trial
              : trial.expect("copy", copy, i -> state(f, g, p, m, v, i).parameter(), bitwise);
        });
  }

  /** The factors as the kernels read them. */
  static Array array(TrialMemory memory, AdamW.Factors factors) {
    float[] numbers = factors.numbers();
    return memory.of(F32, numbers.length, i -> numbers[i]).array();
  }

  /** Of gradients whose norm is not finite, AdamW leaves all as it was. */
  private static KernelTrial adamWOfNoNumber(float gradientScale) {
    int n = 1029;
    return new KernelTrial(
        "%d elements, factor %s".formatted(n, gradientScale),
        memory -> {
          TrialArray g = memory.normal(F32, n);
          TrialArray p = memory.normal(F32, n);
          TrialArray m = memory.normal(F32, n, 0.1);
          TrialArray v = memory.uniform(F32, n);
          AdamW.Factors f = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 3, gradientScale);
          Tolerance unchanged = Tolerance.exact("unchanged");
          return new Trial(
                  AdamW.launches(
                      array(memory, f), g.array(), p.array(), m.array(), v.array(), null, n))
              .expect("m", m, m::get, unchanged)
              .expect("v", v, v::get, unchanged)
              .expect("p", p, p::get, unchanged)
              .work(0, 0);
        });
  }

  private static KernelEntry clipFactor() {
    return new KernelEntry(
        "clip-factor",
        "min(1, max/(√Σg² + 1e-6)); NaN if the norm is not finite",
        List.of(
            clipFactor(25, 1e-7f, 1, 1),
            clipFactor(0.04f, -1e-10f, 1, 2),
            clipFactor(0, 0, 1, 1),
            clipFactor(1e20f, 0, 0.5f, 40),
            clipFactor(1e20f, 0, Float.POSITIVE_INFINITY, 3),
            clipFactor(Float.POSITIVE_INFINITY, Float.NaN, 1, 2),
            clipFactor(Float.NaN, 0, 1, 33)),
        clipFactor(25, 0, 1, 2));
  }

  private static KernelTrial clipFactor(float high, float low, float maxNorm, int rows) {
    return new KernelTrial(
        "%s + %s, at most %s, %d rows".formatted(high, low, maxNorm, rows),
        memory -> {
          TrialArray squares = memory.of(F32, 2, i -> i == 0 ? high : low);
          TrialArray factors = memory.of(F32, (long) rows * AdamW.Factors.COUNT, i -> i);
          double norm = Math.sqrt((double) high + low);
          double clipped = Math.min(1, maxNorm / (norm + 1e-6));
          double expected = Double.isFinite(norm) ? clipped : Double.NaN;
          return new Trial(ClipFactor.launches(squares.array(), maxNorm, factors.array(), rows))
              .expect(
                  "factors",
                  factors,
                  i -> i % AdamW.Factors.COUNT == 0 ? expected : i,
                  new Tolerance(0, 3e-7, "four fp32 operations of half a unit each"))
              .work(8 + 4L * rows, 4);
        });
  }

  private static AdamState state(
      AdamW.Factors f, TrialArray g, TrialArray p, TrialArray m, TrialArray v, int i) {
    return AdamState.after(
        f, (float) g.get(i), (float) p.get(i), (float) m.get(i), (float) v.get(i));
  }

  private static KernelEntry squaredNorm() {
    return new KernelEntry(
        "squared-norm",
        "Σ x² to 48 bits",
        join(
            List.of(
                squaredNorm(BF16, 4097),
                squaredNorm(F32, 1),
                squaredNorm(F32, 31),
                squaredNorm(F32, 100_003),
                squaredNorm(F16, 127)),
            each(TOKENS, n -> squaredNorm(BF16, n))),
        squaredNorm(F32, 1 << 24));
  }

  private static KernelTrial squaredNorm(ElementType type, int n) {
    return new KernelTrial(
        "%s, %d elements".formatted(type, n),
        memory -> {
          TrialArray x = memory.normal(type, n);
          TrialArray scratch = memory.output(F32, PairSum.SCRATCH_ELEMENTS);
          TrialArray result = memory.output(F32, 2);
          Lazy<Double> total =
              Lazy.of(() -> IntStream.range(0, n).mapToDouble(i -> x.get(i) * x.get(i)).sum());
          // Both parts together are exact to 48 bits; the lower one alone to that much of the
          // whole.
          return new Trial(PairSum.launchesOfSquares(x.array(), n, scratch.array(), result.array()))
              .expect(
                  "high + low",
                  result,
                  i -> i == 0 ? total.get() : total.get() - total.get().floatValue(),
                  new Tolerance(0, 1e-13, "48 bits, and the reference's own rounding"))
              .work((long) n * type.bytes(), 22.0 * n);
        });
  }
}
