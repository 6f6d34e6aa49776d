package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.ActivationKind;
import dev.sifter.engine.ops.Activation;
import dev.sifter.engine.ops.Add;
import dev.sifter.engine.ops.Dropout;
import dev.sifter.engine.ops.GatedActivation;
import dev.sifter.engine.ops.Scale;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Functions of single elements. */
final class PointwiseContracts {
  private static final int[] SIZES = {1, 31, 33, 127, 4097};

  private PointwiseContracts() {}

  static List<OpContract> all() {
    List<OpContract> contracts =
        new ArrayList<>(List.of(add(), scale(), inverseRoot(), dequantize(), dropout()));
    for (ActivationKind kind : ActivationKind.values()) {
      contracts.add(activation(kind));
    }
    for (ActivationKind kind : ActivationKind.values()) {
      contracts.add(gated(kind));
    }
    contracts.add(cast(DType.BF16));
    contracts.add(cast(DType.F16));
    return contracts;
  }

  private static OpContract add() {
    List<OpCase> cases = new ArrayList<>();
    for (int size : SIZES) {
      cases.add(add(size + " elements", size));
    }
    cases.add(
        OpCase.of(
            "in place",
            (tape, in) -> {
              Tensor sum = in.copy(tape, "a");
              tape.backend().pointwise().add(sum, in.tensor("b"), sum);
              tape.backend().pointwise().add(in.tensor("a"), sum, sum);
              in.report(tape, "sum", sum);
              return null;
            },
            OpInput.constant("a", 33, 31).of(Values.uniform(1)),
            OpInput.constant("b", 33, 31).of(Values.uniform(1))));
    return new OpContract(
        "add",
        "y = a + b",
        Tolerances.pointwise(0x1p-23, 0, "2u: one rounding, or two where done twice in place"),
        cases,
        add("512x576", 512 * 576));
  }

  private static OpCase add(String name, int size) {
    return OpCase.of(
        name,
        (tape, in) -> Add.apply(tape, in.variable("a"), in.variable("b")),
        OpInput.trained("a", size),
        OpInput.trained("b", size));
  }

  private static OpContract scale() {
    return new OpContract(
        "scale",
        "y = c·x",
        Tolerances.exact("one rounding"),
        List.of(scale("31 elements", 31), scale("4097 elements", 4097), scaleInPlace()),
        scale("512x576", 512 * 576));
  }

  private static OpCase scale(String name, int size) {
    return OpCase.of(
        name, (tape, in) -> Scale.apply(tape, in.variable("x"), 0.3f), OpInput.trained("x", size));
  }

  private static OpCase scaleInPlace() {
    return OpCase.of(
        "in place",
        (tape, in) -> {
          Tensor x = in.copy(tape, "x");
          tape.backend().pointwise().scale(x, 0.3f, x);
          in.report(tape, "y", x);
          return null;
        },
        OpInput.constant("x", 127));
  }

  private static OpContract inverseRoot() {
    return new OpContract(
        "inverse-root",
        "y = 1/√x, 0 for x ≤ 0",
        Tolerances.pointwise(0x1p-23, 0, "2u: a root and a quotient"),
        List.of(
            inverseRoot("1 element", 1, Values.uniform(4)),
            inverseRoot("127 elements", 127, Values.uniform(4)),
            inverseRoot("lengths of nothing", 35, Values.cycle(0, 9, -0f, 1e-30f, -1e-9f))),
        inverseRoot("512x576", 512 * 576, Values.uniform(4)));
  }

  private static OpCase inverseRoot(String name, int size, Values values) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor x = in.copy(tape, "x");
          tape.backend().pointwise().inverseRoot(x, x);
          in.report(tape, "y", x);
          return null;
        },
        OpInput.constant("x", size).of(values));
  }

  private static OpContract dequantize() {
    return new OpContract(
        "dequantize",
        "y[i] = book[code[i]]·scale[i / blockSize] + offset",
        Tolerances.bitwise("fp32 product, fp32 sum and rounding are the definition"),
        List.of(
            dequantize("4 bits, one block", 4, 31, 64, 0, DType.F32),
            dequantize("4 bits, an odd block", 4, 4097, 63, 0, DType.F32),
            dequantize("4 bits, bf16", 4, 8192, 64, 0, DType.BF16),
            dequantize("8 bits with offset", 8, 4097, 256, 0.3f, DType.F32),
            dequantize("8 bits, bf16, with offset", 8, 4096, 256, 0.3f, DType.BF16)),
        dequantize("4 bits, 1536x576", 4, 1536 * 576, 64, 0, DType.BF16));
  }

  private static OpCase dequantize(
      String name, int bits, int size, int blockSize, float offset, DType dtype) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor y = tape.allocate(dtype, Shape.of(size));
          tape.backend()
              .pointwise()
              .dequantize(
                  in.tensor("codes"),
                  bits,
                  in.tensor("book"),
                  in.tensor("scales"),
                  blockSize,
                  offset,
                  y);
          in.report(tape, "y", y);
          return null;
        },
        OpInput.constant("codes", Math.ceilDiv(size * bits, 8))
            .of(Values.uniform(256))
            .frozenAs(DType.U8),
        OpInput.constant("book", 1L << bits).frozenAs(DType.F32),
        OpInput.constant("scales", Math.ceilDiv(size, blockSize)).frozenAs(DType.F32));
  }

  private static OpContract dropout() {
    List<OpCase> cases = new ArrayList<>();
    for (int size : SIZES) {
      cases.add(dropout(size + " elements", size, 0.1f));
    }
    cases.add(dropout("half", 127, 0.5f));
    return new OpContract(
        "dropout",
        "y = keep·x/(1 − p), keep from Philox4x32-10",
        Tolerances.pointwise(
            0x1p-22,
            0,
            "4u: 1 − p, its reciprocal and the product are rounded; the mask itself is exact"),
        cases,
        dropout("512x576", 512 * 576, 0.1f));
  }

  private static OpCase dropout(String name, int size, float probability) {
    return OpCase.of(
        name,
        (tape, in) -> Dropout.apply(tape, in.variable("x"), probability),
        OpInput.trained("x", size));
  }

  private static OpContract activation(ActivationKind kind) {
    List<OpCase> cases = new ArrayList<>();
    for (int size : SIZES) {
      cases.add(activation(kind, size + " elements", size, Values.normal(2)));
    }
    cases.add(activation(kind, "tails", 127, Values.sweep(40)));
    cases.add(activation(kind, "1e4-scale", 33, Values.normal(1e4)));
    return new OpContract(
        "activation-" + hyphenated(kind),
        formula(kind, "x"),
        tolerance(kind),
        cases,
        activation(kind, "512x3072", 512 * 3072, Values.normal(1)));
  }

  private static OpCase activation(ActivationKind kind, String name, int size, Values values) {
    return OpCase.of(
        name,
        (tape, in) -> Activation.apply(tape, kind, in.variable("x")),
        OpInput.trained("x", size).of(values));
  }

  private static OpContract gated(ActivationKind kind) {
    return new OpContract(
        "gated-" + hyphenated(kind),
        formula(kind, "gate") + " · up",
        tolerance(kind),
        List.of(
            gated(kind, "1x1", 1, 1),
            gated(kind, "33x31", 33, 31),
            gated(kind, "3x127", 3, 127),
            gated(kind, "1x4097", 1, 4097),
            gatedInPlace(kind)),
        gated(kind, "512x1536", 512, 1536));
  }

  private static OpCase gated(ActivationKind kind, String name, int rows, int width) {
    return OpCase.of(
        name,
        (tape, in) -> GatedActivation.apply(tape, kind, in.variable("gate"), in.variable("up")),
        OpInput.trained("gate", rows, width),
        OpInput.trained("up", rows, width));
  }

  private static OpCase gatedInPlace(ActivationKind kind) {
    return OpCase.of(
        "backward in place",
        (tape, in) -> {
          Tensor gate = in.copy(tape, "gate");
          Tensor up = in.copy(tape, "up");
          tape.backend().pointwise().gatedBackward(kind, in.tensor("dy"), gate, up, gate, up);
          in.report(tape, "dGate", gate);
          in.report(tape, "dUp", up);
          return null;
        },
        OpInput.constant("dy", 7, 33),
        OpInput.constant("gate", 7, 33),
        OpInput.constant("up", 7, 33));
  }

  private static List<Tolerance> tolerance(ActivationKind kind) {
    return switch (kind) {
      case SILU, GELU, GELU_TANH ->
          Tolerances.pointwise(
              1e-6,
              2e-7,
              "1e-6 of the element: an exponential of 4 ulp and a few products; 2e-7 of the"
                  + " largest, 3u, where 1 + tanh or 1 − Φ cancels in the lower tail");
      case IDENTITY, RELU, HARD_TANH -> Tolerances.exact("a choice, and at most one product");
      case RELU_SQUARED -> Tolerances.pointwise(0x1p-23, 0, "2u: a choice, and two products");
    };
  }

  private static String formula(ActivationKind kind, String x) {
    return switch (kind) {
      case IDENTITY -> "y = %s".formatted(x);
      case SILU -> "y = %s·σ(%s)".formatted(x, x);
      case GELU -> "y = %s·Φ(%s)".formatted(x, x);
      case GELU_TANH -> "y = ½·%s·(1 + tanh(√(2/π)·(%s + 0.044715·%s³)))".formatted(x, x, x);
      case RELU -> "y = max(%s, 0)".formatted(x);
      case RELU_SQUARED -> "y = max(%s, 0)²".formatted(x);
      case HARD_TANH -> "y = min(max(%s, −1), 1)".formatted(x);
    };
  }

  private static String hyphenated(ActivationKind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static OpContract cast(DType to) {
    String type = to.name().toLowerCase(Locale.ROOT);
    float infinity = Float.POSITIVE_INFINITY;
    Values special =
        Values.cycle(0f, -0f, 1e-45f, 1e-40f, 6e-8f, 65504f, 65520f, 1.00390625f, infinity, 3e38f);
    return new OpContract(
        "cast-" + type,
        "y = x as " + type + ", to nearest, ties to even; and back",
        Tolerances.bitwise("rounding to a type is defined bit for bit"),
        List.of(
            cast("33 elements", to, 33, Values.normal(1)),
            cast("4097 elements", to, 4097, Values.normal(1e-3)),
            cast("special numbers", to, 127, special)),
        cast("512x576", to, 512 * 576, Values.normal(1)));
  }

  private static OpCase cast(String name, DType to, int size, Values values) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor x = in.tensor("x");
          Tensor narrow = tape.allocate(to, x.shape());
          Tensor wide = tape.allocate(x.dtype(), x.shape());
          tape.backend().pointwise().cast(x, narrow);
          tape.backend().pointwise().cast(narrow, wide);
          in.report(tape, "narrow", narrow);
          in.report(tape, "wide", wide);
          return null;
        },
        OpInput.constant("x", size).of(values));
  }
}
