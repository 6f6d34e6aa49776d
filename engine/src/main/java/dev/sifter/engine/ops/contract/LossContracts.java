package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.Columns;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Rows and columns by number, and the output head with its loss. */
final class LossContracts {
  private LossContracts() {}

  static List<OpContract> all() {
    return List.of(embedding(), columns(), crossEntropy(), linearCrossEntropy());
  }

  private static OpContract embedding() {
    OpInput table = OpInput.trained("table", 33, 127);
    return new OpContract(
        "embedding",
        "y[t] = scale·table[rows[t]]",
        Tolerances.pointwise(
            0x1p-23,
            4e-7,
            "2u for the scale; the gradient of a row read n ≤ 8 times is a sum of n terms"),
        List.of(
            embed("one row", OpInput.trained("table", 1, 1), 1, 0),
            embed("first and last row, again and again", table, 1, 0, 32, 32, 0, 5, 32, 0, 0),
            embed("scaled", table, 3.7f, 31, 2, 7),
            embed("no rows", table, 1),
            embed("bf16 table", table.frozenAs(DType.BF16), 1, 3, 32, 3)),
        embed(
            "512 of 4096 rows of 576",
            OpInput.trained("table", 4096, 576),
            1,
            IntStream.range(0, 512).map(t -> t * 37 % 4096).toArray()));
  }

  private static OpCase embed(String name, OpInput table, float scale, int... rows) {
    // The activations' type is that of an input beside the table, which may be narrower.
    return OpCase.of(
        name,
        (tape, in) ->
            Embedding.apply(
                tape,
                in.variable("table"),
                rows,
                Embedding.NO_PADDING,
                scale,
                in.tensor("like").dtype()),
        table,
        OpInput.constant("like", 1));
  }

  private static OpContract columns() {
    return new OpContract(
        "columns",
        "y[t] = x[t, groups]",
        Tolerances.bitwise("a copy; a gradient is added to zero"),
        List.of(
            columns("one", 1, 1, 1, 0),
            columns("queries of 3 heads, by head", 7, 5, 9, 0, 3, 6),
            columns("last of three", 33, 127, 3, 2),
            columns("all", 2, 31, 2, 0, 1)),
        columns("512 rows, a third of 2304", 512, 768, 3, 1));
  }

  private static OpCase columns(String name, int rows, int width, int count, int... groups) {
    return OpCase.of(
        name,
        (tape, in) -> Columns.apply(tape, in.variable("x"), width, groups),
        OpInput.trained("x", rows, (long) count * width));
  }

  private static OpContract crossEntropy() {
    Values few = Values.normal(3);
    return new OpContract(
        "cross-entropy",
        "loss = log Σ exp(x) − x[target]; dx = scale·(softmax(x) − onehot); smoothed towards the"
            + " vocabulary's mean, weighted by the target's probability where asked",
        Tolerances.pointwise(
            1e-6,
            1e-6,
            "an exponential and a logarithm of 4 ulp each; sums over the vocabulary in fp32 or"
                + " better, of positive terms; log Σ − x[target] cancels where the target is sure"),
        List.of(
            entropy("1 row of 1", few, 1, 0),
            entropy("33 rows of 127", few, 127, spread(33, 127)),
            entropy("label at the last id", few, 4097, 4096, 4096, 0),
            entropy("all-equal logits", Values.constant(3), 31, 0, 30, 7),
            entropy("1e4-scale logits", Values.normal(1e4), 33, spread(31, 33)),
            entropy("smoothed", new TokenLoss(0.1f, false), few, 4097, spread(31, 4097)),
            entropy("dynamic", new TokenLoss(0, true), few, 127, spread(33, 127)),
            entropy("smoothed, dynamic", new TokenLoss(0.3f, true), few, 33, spread(31, 33))),
        entropy("256 rows of 16384", few, 16384, spread(256, 16384)));
  }

  private static int[] spread(int rows, int vocab) {
    return IntStream.range(0, rows).map(r -> (r * 29 + vocab - 1) % vocab).toArray();
  }

  private static OpCase entropy(String name, Values values, int vocab, int... targets) {
    return entropy(name, TokenLoss.NLL, values, vocab, targets);
  }

  private static OpCase entropy(
      String name, TokenLoss form, Values values, int vocab, int... targets) {
    int rows = targets.length;
    return OpCase.of(
        name,
        (tape, in) -> {
          Tensor logits = in.copy(tape, "logits");
          Tensor loss = tape.allocate(logits.dtype(), Shape.of(rows));
          Tensor entropy = tape.allocate(logits.dtype(), Shape.of(rows));
          Tensor argMax = tape.allocate(DType.I32, Shape.of(rows));
          tape.backend()
              .loss()
              .crossEntropy(form, logits, tape.upload(targets), 0.25f, loss, entropy, argMax);
          in.report(tape, "loss", loss);
          in.report(tape, "entropy", entropy);
          in.report(tape, "argMax", argMax);
          in.report(tape, "dlogits", logits);
          return null;
        },
        OpInput.constant("logits", rows, vocab).of(values));
  }

  /** s and c of the logits c·tanh(s·h·Wᵀ/c); a c of 0 caps nothing. */
  private record Head(float scale, float softcap) {
    static final Head PLAIN = new Head(1, 0);
  }

  private static OpContract linearCrossEntropy() {
    return new OpContract(
        "linear-cross-entropy",
        "loss = Σ_r −log softmax(c·tanh(s·h[r]·Wᵀ/c))[target[r]] / N",
        Tolerances.sums(
            1e-5,
            "logits of H ≤ 127 fp32 products are off by √H·u·|x| ≤ 4e-6 for |x| ≤ 6, and so,"
                + " relatively, are the probabilities; both gradients are sums of them"),
        List.of(
            head("one token, one word", 1, 1, 1, Head.PLAIN, 0),
            head("33 rows, 127 words", 40, 31, 127, Head.PLAIN, spread(33, 127)),
            head("label at the last id", 3, 127, 33, Head.PLAIN, 32, 32),
            head("soft cap", 9, 16, 65, new Head(1, 5), spread(7, 65)),
            head("scale", 9, 16, 65, new Head(0.25f, 0), spread(7, 65)),
            head("scale and soft cap", 9, 16, 31, new Head(2, 3), spread(9, 31)),
            head("no label", 3, 8, 31, Head.PLAIN),
            head("two chunks", 1029, 8, 31, Head.PLAIN, spread(1029, 31)),
            head("smoothed", 9, 16, 65, Head.PLAIN, new TokenLoss(0.2f, false), spread(7, 65)),
            biased("bias, two chunks", 1029, 8, 31, Head.PLAIN, spread(1029, 31)),
            biased("bias and soft cap", 9, 16, 65, new Head(2, 5), spread(7, 65))),
        head("256 rows, 16384 words of 576", 256, 576, 16384, Head.PLAIN, spread(256, 16384)));
  }

  private static OpCase head(
      String name, int tokens, int hidden, int vocab, Head head, int... targets) {
    return head(name, tokens, hidden, vocab, head, TokenLoss.NLL, targets);
  }

  private static OpCase head(
      String name, int tokens, int hidden, int vocab, Head head, TokenLoss form, int... targets) {
    return head(name, tokens, head, form, targets, states(tokens, hidden), weight(vocab, hidden));
  }

  private static OpCase biased(
      String name, int tokens, int hidden, int vocab, Head head, int... targets) {
    return head(
        name,
        tokens,
        head,
        TokenLoss.NLL,
        targets,
        states(tokens, hidden),
        weight(vocab, hidden),
        OpInput.trained("bias", vocab));
  }

  private static OpInput states(int tokens, int hidden) {
    return OpInput.trained("hidden", tokens, hidden);
  }

  private static OpInput weight(int vocab, int hidden) {
    return OpInput.trained("weight", vocab, hidden).of(Values.normal(1.5 / Math.sqrt(hidden)));
  }

  /** The label-bearing rows are the last ones, in reverse; a third input is a bias. */
  private static OpCase head(
      String name, int tokens, Head head, TokenLoss form, int[] targets, OpInput... inputs) {
    int[] rows = IntStream.range(0, targets.length).map(r -> tokens - 1 - r).toArray();
    float gradientScale = 1f / Math.max(1, targets.length);
    return OpCase.ofLoss(
        name,
        (tape, in) -> {
          Term term = new Term(in.variable("hidden"), in.variable("weight"), head.scale());
          LinearCrossEntropy.Loss loss =
              LinearCrossEntropy.apply(
                  tape,
                  new LogitSum(
                      List.of(term),
                      null,
                      inputs.length > 2 ? in.variable("bias") : null,
                      null,
                      head.softcap()),
                  form,
                  rows,
                  targets,
                  gradientScale);
          in.report("rowLoss", loss.rowLoss());
          in.report("rowEntropy", loss.rowEntropy());
          in.report("rowArgMax", IntStream.of(loss.rowArgMax()).asDoubleStream().toArray());
          return loss.total();
        },
        inputs);
  }
}
