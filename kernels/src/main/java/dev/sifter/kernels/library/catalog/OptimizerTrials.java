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
import dev.sifter.kernels.library.SquareSum;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Updates of parameters, and norms of gradients. */
final class OptimizerTrials {
  /** Tensors of one launch: about a chunk, a few, none; sizes that no vector divides. */
  private static final int[] MANY = {9216, 1, 0, 4095, 4096, 4097, 33, 8195, 12_288, 7};

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
                    adamW(F32, null, 10, 4096),
                    adamW(F32, null, 1, 33),
                    adamW(F32, BF16, 7, 1),
                    adamW(BF16, BF16, 1000, 4097),
                    adamW(F32, null, 3, 127),
                    adamW(F32, null, 5, MANY),
                    adamW(BF16, BF16, 5, MANY),
                    adamWOfTwoTypes(),
                    adamWWithoutMomentum(),
                    adamWOfNoNumber(Float.NaN),
                    adamWOfNoNumber(Float.POSITIVE_INFINITY)),
                each(TOKENS, n -> adamW(BF16, BF16, 2, n))),
            adamW(F32, BF16, 10, 1 << 24))
        .streaming();
  }

  /** Some tensors of one update; every second one has factors of its own. */
  private static KernelTrial adamW(ElementType type, ElementType copyType, long step, int... n) {
    return new KernelTrial(
        "%s elements, gradients in %s%s, step %d"
            .formatted(sizes(n), type, copyType == null ? "" : ", copy in " + copyType, step),
        memory -> {
          List<Updated> all = new ArrayList<>();
          for (int size : n) {
            double decay = all.size() % 2 == 0 ? 0.01 : 0;
            AdamW.Factors f = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, decay, step, 0.3f);
            all.add(Updated.of(memory, f, type, copyType, size));
          }
          return trial(memory, all);
        });
  }

  /** Two launches, whose tables lie one behind the other. */
  private static KernelTrial adamWOfTwoTypes() {
    return new KernelTrial(
        "gradients in BF16 and F32 by turns",
        memory -> {
          AdamW.Factors f = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 3, 0.3f);
          List<Updated> all = new ArrayList<>();
          for (int size : new int[] {5000, 77, 4096, 9001}) {
            all.add(Updated.of(memory, f, all.size() % 2 == 0 ? BF16 : F32, null, size));
          }
          return trial(memory, all);
        });
  }

  /** The first moment is reckoned from the gradient, not from what it was. */
  private static KernelTrial adamWWithoutMomentum() {
    return new KernelTrial(
        "129 elements, β₁ of 0",
        memory -> {
          AdamW.Factors f = AdamW.Factors.of(1e-3, 0, 0.999, 1e-8, 0.01, 3, 0.3f);
          return trial(memory, List.of(Updated.of(memory, f, F32, null, 129)));
        });
  }

  private static Trial trial(TrialMemory memory, List<Updated> all) {
    Tolerance bitwise = Tolerance.exact("the same fp32 operations as Java's");
    List<AdamW.Update> updates = all.stream().map(Updated::update).toList();
    Trial trial = new Trial(AdamW.launches(updates, memory::table));
    for (Updated one : all) {
      trial
          .expect("m", one.m, i -> one.after(i).moment1(), bitwise)
          .expect("v", one.v, i -> one.after(i).moment2(), bitwise)
          .expect("p", one.p, i -> one.after(i).parameter(), bitwise);
      if (one.copy != null) {
        trial.expect("copy", one.copy, i -> one.after(i).parameter(), bitwise);
      }
    }
    return trial.work(
        all.stream().mapToLong(Updated::bytes).sum(),
        15.0 * all.stream().mapToLong(one -> one.update.elements()).sum());
  }

  /** A parameter, its moments and its gradient, on the device and as they were before. */
  private record Updated(
      AdamW.Factors factors,
      TrialArray g,
      TrialArray p,
      TrialArray m,
      TrialArray v,
      TrialArray copy,
      AdamW.Update update) {

    static Updated of(
        TrialMemory memory, AdamW.Factors f, ElementType type, ElementType copyType, int n) {
      TrialArray g = memory.normal(type, n);
      TrialArray p = memory.normal(F32, n);
      TrialArray m = memory.normal(F32, n, 0.1);
      TrialArray v = memory.uniform(F32, n);
      TrialArray copy = copyType == null ? null : memory.output(copyType, n);
      AdamW.Update update =
          new AdamW.Update(
              OptimizerTrials.array(memory, f),
              g.array(),
              p.array(),
              m.array(),
              v.array(),
              copy == null ? null : copy.array(),
              n);
      return new Updated(f, g, p, m, v, copy, update);
    }

    long bytes() {
      int ofCopy = copy == null ? 0 : copy.type().bytes();
      return update.elements() * (g.type().bytes() + 24L + ofCopy);
    }

    AdamState after(int i) {
      return AdamState.after(
          factors, (float) g.get(i), (float) p.get(i), (float) m.get(i), (float) v.get(i));
    }
  }

  private static String sizes(int... n) {
    return IntStream.of(n).mapToObj(Integer::toString).collect(Collectors.joining(", "));
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
          AdamW.Factors f = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 3, gradientScale);
          Updated one = Updated.of(memory, f, F32, null, n);
          Tolerance unchanged = Tolerance.exact("unchanged");
          return new Trial(AdamW.launches(List.of(one.update), memory::table))
              .expect("m", one.m, one.m::get, unchanged)
              .expect("v", one.v, one.v::get, unchanged)
              .expect("p", one.p, one.p::get, unchanged)
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

  private static KernelEntry squaredNorm() {
    return new KernelEntry(
        "squared-norm",
        "Σ x² of some arrays, to 48 bits",
        join(
            List.of(
                squaredNorm(BF16, 4097),
                squaredNorm(F32, 1),
                squaredNorm(F32, 31),
                squaredNorm(F32, 0),
                squaredNorm(F32, 100_003),
                squaredNorm(F16, 127),
                squaredNorm(F32, MANY),
                squaredNorm(BF16, MANY),
                squaredNormOfMany()),
            each(TOKENS, n -> squaredNorm(BF16, n))),
        squaredNorm(F32, 1 << 24));
  }

  private static KernelTrial squaredNorm(ElementType type, int... n) {
    return new KernelTrial(
        "%s, %s elements".formatted(type, sizes(n)),
        memory ->
            squaredNorm(memory, IntStream.of(n).mapToObj(i -> memory.normal(type, i)).toList()));
  }

  /** So many that their sums are summed up by more than one block. */
  private static KernelTrial squaredNormOfMany() {
    return new KernelTrial(
        "F32, 2100 times a few elements",
        memory -> {
          TrialArray all = memory.normal(F32, 2100 * 8);
          return squaredNorm(
              memory, IntStream.range(0, 2100).mapToObj(i -> all.part(8 * i, 1 + i % 8)).toList());
        });
  }

  private static Trial squaredNorm(TrialMemory memory, List<TrialArray> all) {
    List<Array> arrays = all.stream().map(TrialArray::array).toList();
    TrialArray scratch = memory.output(F32, SquareSum.scratchElements(arrays));
    TrialArray result = memory.output(F32, 2);
    Lazy<Double> total = Lazy.of(() -> all.stream().mapToDouble(OptimizerTrials::squares).sum());
    // Both parts together are exact to 48 bits; the lower one alone to that much of the whole.
    return new Trial(SquareSum.launches(arrays, memory::table, scratch.array(), result.array()))
        .expect(
            "high + low",
            result,
            i -> i == 0 ? total.get() : total.get() - total.get().floatValue(),
            new Tolerance(0, 1e-13, "48 bits, and the reference's own rounding"))
        .work(
            arrays.stream().mapToLong(array -> array.slice().byteSize()).sum(),
            22.0 * arrays.stream().mapToLong(Array::elements).sum());
  }

  private static double squares(TrialArray x) {
    return LongStream.range(0, x.array().elements()).mapToDouble(i -> x.get(i) * x.get(i)).sum();
  }
}
