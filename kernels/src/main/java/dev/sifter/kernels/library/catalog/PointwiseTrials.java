package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Add;
import dev.sifter.kernels.library.Cast;
import dev.sifter.kernels.library.Dropout;
import dev.sifter.kernels.library.Fill;
import dev.sifter.kernels.library.InverseRoot;
import dev.sifter.kernels.library.Scale;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Functions of single elements. */
final class PointwiseTrials {
  private static final int LARGE = 1 << 24;
  private static final Tolerance ONE_ROUNDING = Tolerance.exact("one rounding");

  /** Infinities, zeros of both signs, subnormals, ties of both 16-bit types. */
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1e-45f,
    1e-40f,
    6e-8f,
    65504f,
    65520f,
    1.00390625f,
    1.01171875f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    3.4e38f,
    -3e38f,
    2.98e-8f,
    6.1e-5f
  };

  /** Which stream: the sum with the first one carries into the upper half. */
  private static final int INDEX = Integer.MAX_VALUE;

  private PointwiseTrials() {}

  static List<KernelEntry> all() {
    return List.of(add(), scale(), inverseRoot(), cast(), fill(), dropout());
  }

  private static KernelEntry add() {
    List<KernelTrial> trials = new ArrayList<>();
    trials.add(add(BF16, BF16, BF16, 4096, 0));
    for (int size : TOKENS) {
      trials.add(add(F32, F32, F32, size, 0));
      trials.add(add(BF16, F32, F16, size, 16));
    }
    trials.add(add(F32, F32, F32, 1027, 4));
    return new KernelEntry("add", "out = a + b", trials, add(BF16, BF16, BF16, LARGE, 0))
        .streaming();
  }

  private static KernelTrial add(
      ElementType typeA, ElementType typeB, ElementType typeOut, int n, int offset) {
    return new KernelTrial(
        "%s + %s to %s, %d elements at offset %d".formatted(typeA, typeB, typeOut, n, offset),
        memory -> {
          memory.offset(offset);
          TrialArray a = memory.normal(typeA, n);
          TrialArray b = memory.normal(typeB, n);
          TrialArray out = memory.output(typeOut, n);
          return new Trial(Add.launches(a.array(), b.array(), out.array(), n))
              .expect("out", out, i -> (float) (a.get(i) + b.get(i)), ONE_ROUNDING)
              .work((long) n * (typeA.bytes() + typeB.bytes() + typeOut.bytes()), n);
        });
  }

  private static KernelEntry scale() {
    List<KernelTrial> trials = new ArrayList<>();
    trials.add(scale(BF16, F32, 4096));
    for (int size : TOKENS) {
      trials.add(scale(F32, F32, size));
      trials.add(scale(F16, BF16, size));
    }
    return new KernelEntry("scale", "out = factor · x", trials, scale(F32, F32, LARGE)).streaming();
  }

  private static KernelTrial scale(ElementType typeX, ElementType typeOut, int n) {
    return new KernelTrial(
        "%s to %s, %d elements".formatted(typeX, typeOut, n),
        memory -> {
          TrialArray x = memory.normal(typeX, n);
          TrialArray out = memory.output(typeOut, n);
          return new Trial(Scale.launches(x.array(), 0.3f, out.array(), n))
              .expect("out", out, i -> (float) x.get(i) * 0.3f, ONE_ROUNDING)
              .work((long) n * (typeX.bytes() + typeOut.bytes()), n);
        });
  }

  private static KernelEntry inverseRoot() {
    return new KernelEntry(
            "inverse-root",
            "y = 1/√x, 0 for x ≤ 0",
            join(
                List.of(inverseRoot(4096), inverseRoot(33), inverseRoot(1)),
                each(TOKENS, PointwiseTrials::inverseRoot)),
            inverseRoot(LARGE))
        .streaming();
  }

  private static KernelTrial inverseRoot(int n) {
    return new KernelTrial(
        "%d elements".formatted(n),
        memory -> {
          TrialArray x = memory.of(F32, n, i -> i % 19 > 1 ? Math.exp(i % 170 - 85) : -i % 19);
          TrialArray y = memory.output(F32, n);
          return new Trial(InverseRoot.launches(x.array(), y.array(), n))
              .expect(
                  "y",
                  y,
                  i -> x.get(i) > 0 ? 1 / (float) Math.sqrt((float) x.get(i)) : 0,
                  Tolerance.exact("two roundings, as in Java"))
              .work(8L * n, 2.0 * n);
        });
  }

  private static KernelEntry cast() {
    List<KernelTrial> trials = new ArrayList<>();
    for (ElementType from : ElementType.values()) {
      for (ElementType to : ElementType.values()) {
        trials.add(cast(from, to, 4097));
      }
    }
    return new KernelEntry("cast", "out = x in another type", trials, cast(F32, BF16, LARGE))
        .streaming();
  }

  private static KernelTrial cast(ElementType from, ElementType to, int n) {
    return new KernelTrial(
        "%s to %s, %d elements, special ones among them".formatted(from, to, n),
        memory -> {
          TrialArray x =
              memory.of(
                  from,
                  n,
                  i -> i % 3 == 0 ? SPECIAL[i / 3 % SPECIAL.length] : Math.sin(i) * (i % 1000));
          TrialArray out = memory.output(to, n);
          return new Trial(Cast.launches(x.array(), out.array(), n))
              .expect("out", out, x::get, Tolerance.exact("defined bit for bit"))
              .work((long) n * (from.bytes() + to.bytes()), 0);
        });
  }

  private static KernelEntry fill() {
    return new KernelEntry(
            "fill",
            "out = value",
            List.of(fill(F32, 4096), fill(BF16, 33), fill(F32, 1), fill(F16, 127)),
            fill(F32, LARGE))
        .streaming();
  }

  private static KernelTrial fill(ElementType type, int n) {
    return new KernelTrial(
        "%s, %d elements".formatted(type, n),
        memory -> {
          TrialArray out = memory.output(type, n);
          return new Trial(Fill.launches(out.array(), 1.1f, n))
              .expect("out", out, i -> 1.1f, ONE_ROUNDING)
              .work((long) n * type.bytes(), 0);
        });
  }

  private static KernelEntry dropout() {
    List<KernelTrial> trials = new ArrayList<>();
    trials.add(dropout(BF16, BF16, false, 4096, 0));
    for (int size : TOKENS) {
      trials.add(dropout(F32, F32, true, size, 0));
      trials.add(dropout(F32, F32, false, size, 4));
    }
    trials.add(dropout(BF16, F32, true, 1023, 0));
    trials.add(dropoutOfRowsApart(BF16, 9, 72, 136));
    trials.add(dropoutOfRowsApart(F32, 5, 7, 9));
    return new KernelEntry(
            "dropout",
            "y = keep·x/(1 − p), keep from Philox4x32-10",
            trials,
            dropout(BF16, BF16, false, LARGE, 0))
        .streaming();
  }

  private static KernelTrial dropout(
      ElementType typeX, ElementType typeY, boolean accumulate, int n, int offset) {
    long seed = 0x123456789ABCDEFL;
    long stream = 0xFEDCBA98_76543210L;
    return new KernelTrial(
        "%s to %s, %d elements at offset %d%s"
            .formatted(typeX, typeY, n, offset, accumulate ? ", accumulated" : ""),
        memory -> {
          memory.offset(offset);
          TrialArray x = memory.normal(typeX, n);
          TrialArray y = accumulate ? memory.normal(typeY, n) : memory.output(typeY, n);
          float scale = (float) (1 / (1 - (double) 0.3f));
          DeviceSlice random = random(memory, seed, stream - INDEX);
          return new Trial(
                  Dropout.launches(x.array(), 0.3f, random, INDEX, accumulate, y.array(), n))
              .expect(
                  "y",
                  y,
                  i -> {
                    boolean keep = ReferencePhilox.uniform(seed, stream, i) >= 0.3f;
                    float kept = keep ? (float) x.get(i) * scale : 0;
                    return accumulate ? (float) y.get(i) + kept : kept;
                  },
                  Tolerance.exact("fp32 operations in the same order"))
              .work(
                  (long) n * (typeX.bytes() + (accumulate ? 2 : 1) * typeY.bytes()),
                  (accumulate ? 2.0 : 1.0) * n);
        });
  }

  private static KernelTrial dropoutOfRowsApart(ElementType type, int rows, int width, int apart) {
    return new KernelTrial(
        "%s, %d rows of %d, %d apart".formatted(type, rows, width, apart),
        memory -> {
          int n = rows * width;
          TrialArray x = memory.normal(type, (long) rows * apart);
          TrialArray y = memory.output(type, n);
          float scale = (float) (1 / (1 - (double) 0.3f));
          DeviceSlice random = random(memory, 5, 4);
          return new Trial(
                  Dropout.launches(x.array(), apart, width, 0.3f, random, 2, false, y.array(), n))
              .expect(
                  "y",
                  y,
                  i -> {
                    boolean keep = ReferencePhilox.uniform(5, 6, i) >= 0.3f;
                    return keep ? (float) x.get(i / width * apart + i % width) * scale : 0;
                  },
                  Tolerance.exact("fp32 operations in the same order"))
              .work(2L * n * type.bytes(), n);
        });
  }

  /** Philox's key and the first stream, as the kernel reads them. */
  private static DeviceSlice random(TrialMemory memory, long seed, long first) {
    return memory.integers(
        (int) seed, (int) (seed >>> Integer.SIZE), (int) first, (int) (first >>> Integer.SIZE));
  }
}
