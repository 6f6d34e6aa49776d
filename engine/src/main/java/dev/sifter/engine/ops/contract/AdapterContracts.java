package dev.sifter.engine.ops.contract;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.Embedding;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.TokenRows;
import dev.sifter.engine.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** What is trained beside a frozen weight: low-rank changes, single rows. */
final class AdapterContracts {
  private static final int[] TRAINED = {0, 3, 30};

  private AdapterContracts() {}

  static List<OpContract> all() {
    return List.of(lora(), loraDropout(), loraBias(), trainedRows(), adaptedHead());
  }

  private static OpContract lora() {
    return new OpContract(
        "lora-linear",
        "y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ",
        LinearContracts.SUMS,
        List.of(
            lora("r=1", 3, 33, 31, 1, 0),
            lora("r=8", 33, 127, 65, 8, 0),
            lora("r=63, one row", 1, 64, 33, 63, 0)),
        lora("512x576x1536, r=16", 512, 576, 1536, 16, 0));
  }

  private static OpContract loraDropout() {
    return new OpContract(
        "lora-linear-dropout",
        "y = x·Wᵀ + s·(drop(x)·Aᵀ)·Bᵀ",
        LinearContracts.SUMS,
        List.of(lora("r=1", 3, 33, 31, 1, 0.5f), lora("r=8", 33, 127, 65, 8, 0.1f)),
        lora("512x576x1536, r=16", 512, 576, 1536, 16, 0.05f));
  }

  private static OpCase lora(String name, int rows, int in, int out, int rank, float dropout) {
    return OpCase.of(
        name,
        (tape, operands) ->
            LoraLinear.apply(
                tape,
                operands.variable("x"),
                DenseWeight.of(operands.variable("weight")),
                null,
                new LoraAdapter(operands.variable("a"), operands.variable("b"), 2, dropout)),
        OpInput.trained("x", rows, in),
        OpInput.constant("weight", out, in),
        OpInput.trained("a", rank, in),
        OpInput.trained("b", out, rank));
  }

  private static OpContract loraBias() {
    return new OpContract(
        "lora-linear-bias",
        "y = x·W + s·((x·Aᵀ)·Bᵀ + b), W [in, out]",
        LinearContracts.SUMS,
        List.of(loraBias("r=3", 33, 31, 17, 3)),
        loraBias("512x768x2304, r=16", 512, 768, 2304, 16));
  }

  private static OpCase loraBias(String name, int rows, int in, int out, int rank) {
    return OpCase.of(
        name,
        (tape, operands) ->
            LoraLinear.apply(
                tape,
                operands.variable("x"),
                new DenseWeight(operands.variable("weight"), false),
                null,
                new LoraAdapter(
                    operands.variable("a"),
                    operands.variable("b"),
                    operands.variable("bias"),
                    0.5f,
                    0,
                    null)),
        OpInput.trained("x", rows, in),
        OpInput.constant("weight", in, out),
        OpInput.trained("a", rank, in),
        OpInput.trained("b", out, rank),
        OpInput.trained("bias", out));
  }

  private static OpContract trainedRows() {
    return new OpContract(
        "embedding-trained-rows",
        "y[t] = table[ids[t]], of the table only the rows of some tokens trained",
        Tolerances.pointwise(0, 4e-7, "the gradient of a row read n ≤ 8 times is a sum of n terms"),
        List.of(
            embed("again and again", 0, 3, 1, 3, 30, 2, 3),
            embed("none of them", 1, 2),
            embed("first and last of them", 30, 0)),
        embed("512 places", IntStream.range(0, 512).map(t -> t * 37 % 33).toArray()));
  }

  private static OpCase embed(String name, int... ids) {
    return OpCase.of(
        name,
        (tape, in) ->
            Embedding.apply(
                tape,
                table(tape, in),
                new TokenRows(in.variable("rows"), TRAINED),
                ids,
                Embedding.NO_PADDING,
                1,
                in.tensor("rows").dtype()),
        OpInput.constant("table", 33, 127),
        OpInput.trained("rows", TRAINED.length, 127));
  }

  /** A copy of the table that holds the trained rows. */
  private static Variable table(Tape tape, Operands in) {
    Tensor original = in.tensor("table");
    Tensor copy = tape.allocate(original.dtype(), original.shape());
    tape.backend().pointwise().cast(original, copy);
    for (int i = 0; i < TRAINED.length; i++) {
      Tensor row = copy.rows(TRAINED[i], TRAINED[i] + 1);
      tape.backend().pointwise().cast(in.tensor("rows").rows(i, i + 1), row);
    }
    return Variable.constant(copy);
  }

  private static OpContract adaptedHead() {
    return new OpContract(
        "linear-cross-entropy-adapted",
        "loss of logits = s₁·h·Wᵀ + s₂·z·Bᵀ, of W only the rows of some tokens trained",
        Tolerances.sums(
            1e-5, "as linear-cross-entropy: logits of H ≤ 127 products, sums of probabilities"),
        List.of(head("33 words", 9, 16, 2, 4, 0, 30, 7)),
        head("256 rows, 4096 words of 576", 256, 576, 16, IntStream.range(0, 256).toArray()));
  }

  private static OpCase head(String name, int tokens, int hidden, int rank, int... targets) {
    int vocab = tokens > 9 ? 4096 : 33;
    int[] rows = IntStream.range(0, targets.length).map(r -> tokens - 1 - r).toArray();
    return OpCase.ofLoss(
        name,
        (tape, in) -> {
          Term base = new Term(in.variable("h"), table(tape, in), 0.5f);
          Term change = new Term(in.variable("z"), in.variable("b"), 2);
          TokenRows trained = new TokenRows(in.variable("rows"), TRAINED);
          return LinearCrossEntropy.apply(
                  tape,
                  new LogitSum(List.of(base, change), null, null, trained, 0),
                  TokenLoss.NLL,
                  rows,
                  targets,
                  1f / targets.length)
              .total();
        },
        OpInput.trained("h", tokens, hidden),
        OpInput.constant("table", vocab, hidden).of(Values.normal(1.5 / Math.sqrt(hidden))),
        OpInput.trained("rows", TRAINED.length, hidden),
        OpInput.trained("z", tokens, rank),
        OpInput.trained("b", vocab, rank).of(Values.normal(0.5)));
  }
}
