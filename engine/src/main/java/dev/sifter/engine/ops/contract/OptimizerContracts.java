package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.AdamWStep;
import dev.sifter.engine.backend.AdamWUpdate;
import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Parameter updates and norms of gradients. */
final class OptimizerContracts {
  private OptimizerContracts() {}

  static List<OpContract> all() {
    return List.of(adamW(), squaredNorm());
  }

  private static OpContract adamW() {
    return new OpContract(
        "adamw",
        "p ← p·(1 − lr·wd); m ← m + (1 − β₁)(g − m); v ← β₂v + (1 − β₂)g²;"
            + " p ← p − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε)",
        Tolerances.pointwise(
            1e-6,
            1e-7,
            "a dozen fp32 operations per element (≤ 8 ulp together); where g − m or p − lr·…"
                + " cancels, of the largest"),
        List.of(
            adamW("first step", 33, step(1, 0.01), 1),
            adamW("one element", 1, step(7, 0.01), 1),
            adamW("thousandth step, clipped", 4097, step(1000, 0.1), 0.3f),
            adamW("no decay", 127, step(3, 0), 1)),
        adamW("1 Mi elements", 1 << 20, step(10, 0.01), 1));
  }

  private static AdamWStep step(long number, double weightDecay) {
    return new AdamWStep(1e-3, 0.9, 0.999, 1e-8, weightDecay, number);
  }

  private static OpCase adamW(String name, int size, AdamWStep step, float coefficient) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor parameter = in.copy(tape, "parameter");
          Tensor moment1 = in.copy(tape, "moment1");
          Tensor moment2 = in.copy(tape, "moment2");
          AdamWUpdate update =
              new AdamWUpdate(step, in.tensor("gradient"), parameter, moment1, moment2);
          tape.backend()
              .optimizer()
              .adamW(List.of(update), new GradientScale.Known(1, coefficient));
          in.report(tape, "p", parameter);
          in.report(tape, "m", moment1);
          in.report(tape, "v", moment2);
          return null;
        },
        OpInput.constant("gradient", size),
        OpInput.constant("parameter", size),
        OpInput.constant("moment1", size).of(Values.normal(0.1)),
        OpInput.constant("moment2", size).of(Values.uniform(1)));
  }

  private static OpContract squaredNorm() {
    return new OpContract(
        "squared-norm",
        "Σ x²",
        Tolerances.pointwise(
            1e-12,
            0,
            "summed in double: 10⁵ terms of one sign lose less than 10⁵·2⁻⁵³ = 1.1e-11"
                + " at worst, and √10⁵·2⁻⁵³ = 3.5e-14 at random"),
        List.of(
            norm("1 element", 1),
            norm("31 elements", 31),
            norm("4097 elements", 4097),
            norm("100003 elements", 100_003),
            norm("bf16", OpInput.constant("x", 4097).frozenAs(DType.BF16)),
            norm("f16", OpInput.constant("x", 4097).frozenAs(DType.F16))),
        norm("4 Mi elements", 1 << 22));
  }

  private static OpCase norm(String name, int size) {
    return norm(name, OpInput.constant("x", size));
  }

  private static OpCase norm(String name, OpInput x) {
    return OpCase.of(
        name,
        (tape, in) -> {
          in.report("norm²", tape.backend().optimizer().squaredNorm(in.tensor("x")));
          return null;
        },
        x);
  }
}
