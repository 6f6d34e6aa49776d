package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;

/** Linear layers, with and without bias, and the kernels below them. */
final class LinearContracts {
  static final List<Tolerance> SUMS =
      Tolerances.sums(
          8e-6,
          "2√K·u with K = 4097: the roundings of an fp32 sum of K terms walk at random (Higham &"
              + " Mary 2019); a lost term or a bf16 accumulator is 1e-3 and more");

  private LinearContracts() {}

  static List<OpContract> all() {
    return List.of(
        linear(),
        linearBias(),
        linearInOut(),
        PackedContracts.linear(),
        matmul(),
        scaleColumns(),
        columnDots(),
        rowDots());
  }

  private static OpContract linear() {
    return new OpContract(
        "linear",
        "y = x·Wᵀ",
        SUMS,
        List.of(
            linear("1x1x1", 1, 1, 1, false),
            linear("1x127x33", 1, 127, 33, false),
            linear("31x33x127", 31, 33, 127, false),
            linear("129x65x130", 129, 65, 130, false),
            linear("2x4097x3", 2, 4097, 3, false),
            linear("3x2x4097", 3, 2, 4097, false),
            linear("no rows", 0, 33, 31, false),
            narrow("bf16 weight", 33, 127, 31, DType.BF16),
            narrow("bf16 weight, one row", 1, 127, 33, DType.BF16),
            narrow("f16 weight", 33, 127, 31, DType.F16)),
        linear("512x576x1536", 512, 576, 1536, false));
  }

  private static OpContract linearBias() {
    return new OpContract(
        "linear-bias",
        "y = x·Wᵀ + b",
        SUMS,
        List.of(
            linear("1x1x1", 1, 1, 1, true),
            linear("33x31x127", 33, 31, 127, true),
            linear("127x3x33", 127, 3, 33, true)),
        linear("512x768x3072", 512, 768, 3072, true));
  }

  private static OpContract linearInOut() {
    return new OpContract(
        "linear-in-out",
        "y = x·W + b, W [in, out]",
        SUMS,
        List.of(
            inOut("1x1x1", 1, 1, 1),
            inOut("1x127x33", 1, 127, 33),
            inOut("31x33x127", 31, 33, 127),
            inOut("2x4097x3", 2, 4097, 3)),
        inOut("512x768x2304", 512, 768, 2304));
  }

  private static OpCase inOut(String name, int rows, int in, int out) {
    return OpCase.of(
        name,
        (tape, operands) ->
            Linear.apply(
                tape,
                operands.variable("x"),
                new DenseWeight(operands.variable("weight"), false),
                operands.variable("bias")),
        OpInput.trained("x", rows, in),
        OpInput.trained("weight", in, out),
        OpInput.trained("bias", out));
  }

  private static OpCase linear(String name, int rows, int in, int out, boolean biased) {
    OpInput x = OpInput.trained("x", rows, in);
    OpInput weight = OpInput.trained("weight", out, in);
    return biased
        ? OpCase.of(name, LinearContracts::apply, x, weight, OpInput.trained("bias", out))
        : OpCase.of(name, LinearContracts::applyPlain, x, weight);
  }

  private static OpCase narrow(String name, int rows, int in, int out, DType dtype) {
    OpInput weight = OpInput.constant("weight", out, in).frozenAs(dtype);
    return OpCase.of(name, LinearContracts::applyPlain, OpInput.trained("x", rows, in), weight);
  }

  private static Variable applyPlain(Tape tape, Operands in) {
    return Linear.apply(tape, in.variable("x"), in.variable("weight"), null);
  }

  private static Variable apply(Tape tape, Operands in) {
    return Linear.apply(tape, in.variable("x"), in.variable("weight"), in.variable("bias"));
  }

  private static OpContract matmul() {
    return new OpContract(
        "matmul",
        "C = α·op(A)·op(B) + β·C",
        SUMS,
        List.of(
            matmul("NN", 33, 31, 127, false, false),
            matmul("NT", 33, 127, 31, false, true),
            matmul("TN", 65, 33, 31, true, false),
            matmul("TT", 31, 33, 65, true, true)),
        matmul("TN 1536x576, 512 terms", 1536, 576, 512, true, false));
  }

  private static OpCase matmul(String name, int m, int n, int k, boolean ta, boolean tb) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor c = in.copy(tape, "c");
          tape.backend().linear().matmul(in.tensor("a"), ta, in.tensor("b"), tb, 0.5f, 2, c);
          in.report(tape, "C", c);
          return null;
        },
        input("a", ta ? Shape.of(k, m) : Shape.of(m, k)),
        input("b", tb ? Shape.of(n, k) : Shape.of(k, n)),
        OpInput.constant("c", m, n));
  }

  private static OpContract scaleColumns() {
    return new OpContract(
        "scale-columns",
        "y[t, n] = x[t, n]·f[n]",
        Tolerances.pointwise(0x1p-23, 2e-7, "2u: a product, and a sum where it is added"),
        List.of(
            scaleColumns("1x1", 1, 1, false),
            scaleColumns("33x31", 33, 31, false),
            scaleColumns("7x127, added", 7, 127, true)),
        scaleColumns("512x576", 512, 576, false));
  }

  private static OpCase scaleColumns(String name, int rows, int width, boolean accumulate) {
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor y = in.copy(tape, "y");
          tape.backend().linear().scaleColumns(in.tensor("x"), in.tensor("f"), accumulate, y);
          in.report(tape, "y", y);
          return null;
        },
        OpInput.constant("x", rows, width),
        OpInput.constant("f", width),
        OpInput.constant("y", rows, width));
  }

  private static OpContract columnDots() {
    return new OpContract(
        "column-dots",
        "y[n] = Σ_t a[t, n]·b[t, n]",
        SUMS,
        List.of(
            dots("1x1", 1, 1, DType.F32, true),
            dots("33x31", 33, 31, DType.F32, true),
            dots("4097x3", 4097, 3, DType.F32, true),
            dots("bf16", 33, 127, DType.BF16, true)),
        dots("512x576", 512, 576, DType.F32, true));
  }

  private static OpContract rowDots() {
    return new OpContract(
        "row-dots",
        "y[t] = Σ_n a[t, n]·b[t, n]",
        SUMS,
        List.of(
            dots("1x1", 1, 1, DType.F32, false),
            dots("33x31", 33, 31, DType.F32, false),
            dots("3x4097", 3, 4097, DType.F32, false),
            dots("f16", 33, 127, DType.F16, false)),
        dots("512x576", 512, 576, DType.F32, false));
  }

  private static OpCase dots(String name, int rows, int width, DType dtype, boolean byColumn) {
    OpInput a = OpInput.constant("a", rows, width);
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor sums = in.copy(tape, "sums");
          if (byColumn) {
            tape.backend().linear().columnDots(in.tensor("a"), in.tensor("b"), true, sums);
          } else {
            tape.backend().linear().rowDots(in.tensor("a"), in.tensor("b"), true, sums);
          }
          in.report(tape, "sums", sums);
          return null;
        },
        dtype == DType.F32 ? a : a.frozenAs(dtype),
        OpInput.constant("b", rows, width),
        OpInput.constant("sums", byColumn ? width : rows));
  }

  private static OpInput input(String name, Shape shape) {
    return OpInput.constant(name, shape.dims());
  }
}
