package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.RowNorms;
import dev.sifter.engine.ops.TrainedLengths;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Trained lengths of the rows of a frozen weight (DoRA): of linear layers, tables and heads. */
final class LengthContracts {
  private LengthContracts() {}

  static List<OpContract> all() {
    return List.of(dora(), doraDropout(), trainedLengths(), headWithLengths());
  }

  private static OpContract dora() {
    return new OpContract(
        "dora-linear",
        "y = m/‖V‖·(x·Vᵀ) + b, V = W + s·B·A, ‖V‖ by row and constant",
        LinearContracts.SUMS,
        List.of(
            dora("r=1", 3, 33, 31, 1, 0, true), dora("r=8, W [in, out]", 33, 65, 127, 8, 0, false)),
        dora("512x576x1536, r=16", 512, 576, 1536, 16, 0, true));
  }

  private static OpContract doraDropout() {
    return new OpContract(
        "dora-linear-dropout",
        "y = x·Wᵀ + b + (m/‖V‖ − 1)·(drop(x)·Wᵀ) + m/‖V‖·s·(drop(x)·Aᵀ)·Bᵀ",
        LinearContracts.SUMS,
        List.of(
            dora("r=1", 3, 33, 31, 1, 0.5f, true),
            dora("r=8, W [in, out]", 33, 65, 127, 8, 0.1f, false)),
        dora("512x576x1536, r=16", 512, 576, 1536, 16, 0.05f, true));
  }

  /** A and B are constant here: their gradients leave ‖V‖ out, which differences would not. */
  private static OpCase dora(
      String name, int rows, int in, int out, int rank, float dropout, boolean outputsFirst) {
    return OpCase.of(
        name,
        (tape, operands) -> {
          DenseWeight weight = new DenseWeight(operands.variable("weight"), outputsFirst);
          LoraAdapter adapter =
              new LoraAdapter(
                  operands.variable("a"),
                  operands.variable("b"),
                  null,
                  2,
                  dropout,
                  magnitude(tape, operands, weight));
          return LoraLinear.apply(
              tape, operands.variable("x"), weight, operands.variable("bias"), adapter);
        },
        OpInput.trained("x", rows, in),
        outputsFirst ? OpInput.constant("weight", out, in) : OpInput.constant("weight", in, out),
        OpInput.trained("bias", out),
        OpInput.constant("a", rank, in),
        OpInput.constant("b", out, rank),
        OpInput.trained("m", out));
  }

  private static OpContract trainedLengths() {
    return new OpContract(
        "trained-lengths",
        "y = m/‖V‖·u, V = W + s·A·Bᵀ for W [in, out] and A [in, r], ‖V‖ by column and constant",
        LinearContracts.SUMS,
        List.of(lengths("r=1", 3, 31, 33, 1), lengths("r=8", 33, 127, 65, 8)),
        lengths("512 places, 16384 words of 576, r=16", 512, 16384, 576, 16));
  }

  private static OpCase lengths(String name, int rows, int in, int out, int rank) {
    return OpCase.of(
        name,
        (tape, operands) -> {
          DenseWeight weight = new DenseWeight(operands.variable("table"), false);
          LowRankChange change =
              new LowRankChange(operands.tensor("a"), false, 1, operands.tensor("b"), true, 2);
          return TrainedLengths.apply(
              tape, operands.variable("u"), weight, change, magnitude(tape, operands, weight));
        },
        OpInput.trained("u", rows, out),
        OpInput.constant("table", in, out),
        OpInput.constant("a", in, rank),
        OpInput.constant("b", out, rank),
        OpInput.trained("m", out));
  }

  /** m, and the lengths of the rows of W. */
  private static LoraAdapter.Dora magnitude(Tape tape, Operands operands, DenseWeight weight) {
    Tensor m = operands.tensor("m");
    Tensor squares = tape.allocate(operands.tensor("a").dtype(), m.shape());
    RowNorms.square(tape, weight, squares);
    return new LoraAdapter.Dora(operands.variable("m"), squares);
  }

  private static OpContract headWithLengths() {
    return new OpContract(
        "linear-cross-entropy-lengths",
        "loss of logits = c·tanh((m/‖W‖·(d·Wᵀ + s·z·Bᵀ) + e·Wᵀ)/c)",
        Tolerances.sums(
            1e-5, "as linear-cross-entropy: logits of H ≤ 127 products, sums of probabilities"),
        List.of(
            lengths("33 words", 9, 16, 2, 0, 4, 0, 30, 7),
            lengths("33 words, soft cap", 9, 16, 2, 3, 4, 0, 30, 7)),
        lengths("256 rows, 4096 words of 576", 256, 576, 16, 0, IntStream.range(0, 256).toArray()));
  }

  private static OpCase lengths(
      String name, int tokens, int hidden, int rank, float softcap, int... targets) {
    int vocab = tokens > 9 ? 4096 : 33;
    int[] rows = IntStream.range(0, targets.length).map(r -> tokens - 1 - r).toArray();
    return OpCase.ofLoss(
        name,
        (tape, in) -> {
          Variable table = in.variable("table");
          Tensor inverse = tape.allocate(in.tensor("m").dtype(), in.tensor("m").shape());
          RowNorms.square(tape, DenseWeight.of(table), inverse);
          tape.backend().pointwise().inverseRoot(inverse, inverse);
          LogitSum logits =
              new LogitSum(
                  List.of(
                      new Term(in.variable("d"), table, 0.5f),
                      new Term(in.variable("z"), in.variable("b"), 2)),
                  new LogitSum.Lengths(
                      in.variable("m"), inverse, new Term(in.variable("e"), table, 0.5f)),
                  null,
                  null,
                  softcap);
          return LinearCrossEntropy.apply(
                  tape, logits, TokenLoss.NLL, rows, targets, 1f / targets.length)
              .total();
        },
        OpInput.trained("d", tokens, hidden),
        OpInput.trained("e", tokens, hidden),
        OpInput.constant("table", vocab, hidden).of(Values.normal(1.5 / Math.sqrt(hidden))),
        OpInput.trained("m", vocab),
        OpInput.trained("z", tokens, rank),
        OpInput.trained("b", vocab, rank).of(Values.normal(0.5)));
  }
}
