package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.Activation;
import dev.sifter.kernels.library.ActivationBackward;
import dev.sifter.kernels.library.ActivationFunction;
import dev.sifter.kernels.library.Softcap;
import dev.sifter.kernels.library.SoftcapBackward;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Activations, the soft cap, and their gradients. */
final class ActivationTrials {
  private static final int LARGE = 1 << 24;
  private static final Tolerance SMOOTH =
      new Tolerance(
          1e-6,
          2e-7,
          "an exponential of 4 ulp and a few products; 3u of the largest where terms cancel");

  private ActivationTrials() {}

  static List<KernelEntry> all() {
    List<KernelEntry> entries = new ArrayList<>(List.of(softcap(), softcapBackward()));
    for (ActivationFunction function : ActivationFunction.values()) {
      entries.add(activation(function));
      entries.add(activationBackward(function));
    }
    return entries;
  }

  private static KernelEntry softcap() {
    return new KernelEntry(
            "softcap",
            "x = c·tanh(x/c), in place",
            join(
                List.of(softcap(F32, 4096, 30), softcap(F32, 33, 1), softcap(BF16, 127, 5)),
                each(TOKENS, n -> softcap(BF16, n, 30))),
            softcap(F32, LARGE, 30))
        .streaming();
  }

  private static KernelTrial softcap(ElementType type, int n, float cap) {
    return new KernelTrial(
        "%s, %d elements, c = %s".formatted(type, n, cap),
        memory -> {
          TrialArray x = memory.of(type, n, i -> Math.sin(i) * Math.exp(i % 17 - 10));
          return new Trial(Softcap.launches(x.array(), cap, n))
              .expect("x", x, i -> cap * Math.tanh(x.get(i) / cap), SMOOTH)
              .work(2L * n * type.bytes(), 25.0 * n);
        });
  }

  private static KernelEntry softcapBackward() {
    return new KernelEntry(
            "softcap-backward",
            "dx = dy·(1 − (y/c)²), in place of dy",
            join(
                List.of(softcapBackward(F32, 4096), softcapBackward(BF16, 33)),
                each(TOKENS, n -> softcapBackward(BF16, n))),
            softcapBackward(F32, LARGE))
        .streaming();
  }

  private static KernelTrial softcapBackward(ElementType type, int n) {
    return new KernelTrial(
        "%s, %d elements".formatted(type, n),
        memory -> {
          TrialArray dy = memory.normal(type, n);
          TrialArray y = memory.of(type, n, i -> 5 * Math.sin(i));
          return new Trial(SoftcapBackward.launches(dy.array(), y.array(), 5, n))
              .expect("dx", dy, i -> dy.get(i) * (1 - y.get(i) / 5 * (y.get(i) / 5)), SMOOTH)
              .work(3L * n * type.bytes(), 4.0 * n);
        });
  }

  private static KernelEntry activation(ActivationFunction function) {
    String name = KernelCatalog.hyphenated(function);
    return new KernelEntry(
            "activation-" + name,
            "y = f(x), f = " + name,
            List.of(
                activation(function, BF16, 4096),
                activation(function, F32, 4097),
                activation(function, F32, 31),
                activation(function, F16, 127)),
            activation(function, BF16, LARGE))
        .streaming();
  }

  private static KernelTrial activation(ActivationFunction function, ElementType type, int n) {
    return new KernelTrial(
        "%s, %d elements from −40 to 40".formatted(type, n),
        memory -> {
          TrialArray x = sweep(memory, type, n);
          TrialArray y = memory.output(type, n);
          return new Trial(Activation.launches(function, x.array(), y.array(), n))
              .expect("y", y, i -> Formulas.value(function, x.get(i)), SMOOTH)
              .work(2L * n * type.bytes(), Formulas.valueFlops(function) * n);
        });
  }

  /** Half of the numbers close to 0, the others far out. */
  private static TrialArray sweep(TrialMemory memory, ElementType type, int n) {
    return memory.of(type, n, i -> (i % 2 == 0 ? 40.0 : 3.0) * Math.sin(i * 0.37));
  }

  private static KernelEntry activationBackward(ActivationFunction function) {
    String name = KernelCatalog.hyphenated(function);
    return new KernelEntry(
            "activation-backward-" + name,
            "dx = dy·f′(x), f = " + name,
            List.of(
                activationBackward(function, BF16, false, 4096),
                activationBackward(function, F32, true, 4097),
                activationBackward(function, F32, false, 31)),
            activationBackward(function, BF16, false, LARGE))
        .streaming();
  }

  private static KernelTrial activationBackward(
      ActivationFunction function, ElementType type, boolean accumulate, int n) {
    return new KernelTrial(
        "%s, %d elements%s".formatted(type, n, accumulate ? ", accumulated" : ""),
        memory -> {
          TrialArray dy = memory.normal(type, n);
          TrialArray x = sweep(memory, type, n);
          TrialArray dx = accumulate ? memory.normal(type, n) : memory.output(type, n);
          return new Trial(
                  ActivationBackward.launches(
                      function, dy.array(), x.array(), accumulate, dx.array(), n))
              .expect(
                  "dx",
                  dx,
                  i ->
                      (accumulate ? dx.get(i) : 0)
                          + dy.get(i) * Formulas.derivative(function, x.get(i)),
                  SMOOTH)
              .work(
                  (accumulate ? 4L : 3L) * n * type.bytes(),
                  (Formulas.derivativeFlops(function) + (accumulate ? 2 : 1)) * n);
        });
  }
}
