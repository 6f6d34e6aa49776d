package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.AdamW;
import dev.sifter.kernels.library.AdamW8;
import dev.sifter.kernels.library.QuantizationCodes;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** AdamW with moments in eight bits. */
final class AdamW8Trials {
  private static final Tolerance BITWISE = Tolerance.exact("the same fp32 operations as Java's");

  private AdamW8Trials() {}

  static List<KernelEntry> all() {
    return List.of(adamW8());
  }

  private static KernelEntry adamW8() {
    return new KernelEntry(
        "adamw-8bit",
        "AdamW with moments in eight bits",
        List.of(adamW8(F32, null, 1024), adamW8(F32, BF16, 4), adamW8(BF16, null, 2060)),
        adamW8(F32, BF16, 1 << 24));
  }

  private static KernelTrial adamW8(ElementType type, ElementType copyType, int n) {
    return new KernelTrial(
        "%d elements, gradients in %s%s"
            .formatted(n, type, copyType == null ? "" : ", copy in " + copyType),
        memory -> {
          float[] signed = QuantizationCodes.signed8();
          float[] unsigned = QuantizationCodes.unsigned8();
          TrialArray g = memory.normal(type, n);
          TrialArray p = memory.normal(F32, n);
          TrialArray moment1 = memory.normal(F32, n, 0.1);
          TrialArray moment2 = memory.uniform(F32, n);
          Lazy<ReferenceQuantization> m =
              Lazy.of(() -> ReferenceQuantization.int8(moment1.values(), 0, signed));
          Lazy<ReferenceQuantization> v =
              Lazy.of(() -> ReferenceQuantization.int8(moment2.values(), 0, unsigned));
          AdamW8.State first = state(memory, n, m);
          AdamW8.State second = state(memory, n, v);
          TrialArray copy = copyType == null ? null : memory.output(copyType, n);
          AdamW.Factors factors = AdamW.Factors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 10, 0.3f);
          Lazy<List<AdamState>> after =
              Lazy.of(
                  () ->
                      IntStream.range(0, n)
                          .mapToObj(
                              i ->
                                  AdamState.after(
                                      factors,
                                      (float) g.get(i),
                                      (float) p.get(i),
                                      m.get().value(i, signed),
                                      v.get().value(i, unsigned)))
                          .toList());
          Lazy<ReferenceQuantization> mAfter =
              Lazy.of(() -> requantised(after.get(), AdamState::moment1, signed));
          Lazy<ReferenceQuantization> vAfter =
              Lazy.of(() -> requantised(after.get(), AdamState::moment2, unsigned));
          AdamW8.Tables tables =
              new AdamW8.Tables(
                  QuantizationTrials.table(memory, signed).array(),
                  QuantizationTrials.midpoints(memory, signed).array(),
                  QuantizationTrials.table(memory, unsigned).array(),
                  QuantizationTrials.midpoints(memory, unsigned).array());
          Trial trial =
              new Trial(
                      AdamW8.launches(
                          OptimizerTrials.array(memory, factors),
                          tables,
                          g.array(),
                          p.array(),
                          first,
                          second,
                          copy == null ? null : copy.array(),
                          n))
                  .expect("p", p, i -> after.get().get(i).parameter(), BITWISE)
                  .expectBytes("m", first.codes(), () -> mAfter.get().codes())
                  .expectBytes("v", second.codes(), () -> vAfter.get().codes())
                  .expect(
                      "absmax of m",
                      new TrialArray(first.absmax(), null),
                      i -> mAfter.get().absmax()[i],
                      BITWISE)
                  .expect(
                      "absmax of v",
                      new TrialArray(second.absmax(), null),
                      i -> vAfter.get().absmax()[i],
                      BITWISE)
                  .work(
                      (long) n * (type.bytes() + 12 + (copy == null ? 0 : copyType.bytes())),
                      70.0 * n);
          return copy == null
              ? trial
              : trial.expect("copy", copy, i -> after.get().get(i).parameter(), BITWISE);
        });
  }

  private static AdamW8.State state(TrialMemory memory, int n, Lazy<ReferenceQuantization> moment) {
    return new AdamW8.State(
        memory.derivedBytes(n, () -> moment.get().codes()),
        memory.derived(F32, Math.ceilDiv(n, 256), i -> moment.get().absmax()[i]).array());
  }

  private static ReferenceQuantization requantised(
      List<AdamState> states, ToDoubleFunction<AdamState> moment, float[] map) {
    float[] values = new float[states.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) moment.applyAsDouble(states.get(i));
    }
    return ReferenceQuantization.int8(values, 0, map);
  }
}
