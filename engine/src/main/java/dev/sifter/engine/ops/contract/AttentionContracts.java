package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.Attention;
import dev.sifter.engine.ops.Rope;
import java.util.List;
import java.util.stream.IntStream;

/** Rotary positions and attention. */
final class AttentionContracts {
  private static final List<Tolerance> ROTATION =
      Tolerances.pointwise(
          0,
          4e-7,
          "two products and a sum: 3 roundings of 2u, of the largest since the terms may cancel");
  private static final List<Tolerance> ATTENTION =
      Tolerances.sums(
          1e-5,
          "a score of headDim ≤ 64 products is off by about √64·u·|s| ≤ 3e-6 for |s| ≤ 8, the"
              + " probability by as much relatively; the second product and rescaling double it");

  private AttentionContracts() {}

  static List<OpContract> all() {
    return List.of(rope(), attention(), attentionDropout(), cachedAttention());
  }

  private static OpContract rope() {
    return new OpContract(
        "rope",
        "y[i] = x[i]·cos(pθᵢ) − x[i+h]·sin(pθᵢ), y[i+h] = x[i+h]·cos(pθᵢ) + x[i]·sin(pθᵢ)",
        ROTATION,
        List.of(
            rope("one head of 2", 1, 1, 2, 1, false),
            rope("31 rows, 3 heads of 64", 31, 3, 64, 32, false),
            rope("heads of 66", 33, 2, 66, 33, false),
            rope("partial: 40 of 127", 7, 2, 127, 20, false),
            rope("partial: 2 of 80", 4097, 1, 80, 1, false),
            rope("neighbours, 3 heads of 64", 31, 3, 64, 32, true),
            rope("neighbours, heads of 66", 33, 2, 66, 33, true),
            rope("neighbours, 40 of 127", 7, 2, 127, 20, true)),
        rope("512 rows, 9 heads of 64", 512, 9, 64, 32, false));
  }

  /** Positions go down from the last row of the table, so that they are not the row numbers. */
  private static OpCase rope(
      String name, int rows, int heads, int headDim, int half, boolean interleaved) {
    int[] positions = IntStream.range(0, rows).map(t -> rows + 1 - t).toArray();
    return OpCase.of(
        name,
        (tape, in) ->
            Rope.apply(
                tape,
                in.variable("x"),
                headDim,
                new Rope.Table(in.tensor("cos"), in.tensor("sin"), interleaved),
                tape.upload(positions)),
        OpInput.trained("x", rows, (long) heads * headDim),
        OpInput.constant("cos", rows + 2L, half),
        OpInput.constant("sin", rows + 2L, half));
  }

  private static OpContract attention() {
    AttentionSpec plain = spec(2, 2, 8, 0, 0);
    Values large = Values.normal(100);
    return new OpContract(
        "attention",
        "y = softmax(mask(c·tanh(q·kᵀ·scale/c)))·v, causal, per document and head",
        ATTENTION,
        List.of(
            // One key has probability 1 whatever its score: dq and dk are 0, from terms of size 1.
            attend("one token", spec(1, 1, 1, 0, 0), Values.normal(1), 1).cancelling(1),
            attend("33 tokens", plain, Values.normal(1), 33),
            attend("129 tokens, 3 heads share 1", spec(3, 1, 64, 0, 0), Values.normal(1), 129),
            attend("heads of 31", spec(2, 1, 31, 0, 0), Values.normal(1), 31),
            attend("grouped 8 to 2", spec(8, 2, 16, 0, 0), Values.normal(1), 17),
            attend("packed, empty documents", plain, Values.normal(1), 0, 5, 0, 1, 31, 0),
            attend("no tokens", plain, Values.normal(1), 0),
            attend("window 1", spec(2, 1, 8, 1, 0), Values.normal(1), 9).cancelling(1),
            attend("window 4, packed", spec(2, 1, 8, 4, 0), Values.normal(1), 33, 3, 12),
            attend("window beyond the document", spec(2, 1, 8, 99, 0), Values.normal(1), 9),
            attend("softcap", spec(2, 1, 16, 0, 5), Values.normal(3), 33),
            attend("softcap and window", spec(2, 1, 8, 6, 2), Values.normal(2), 20, 13),
            attend("all-equal logits", plain, Values.constant(0), 33),
            // fp32 resolves 1e4 to 1e-3, so probabilities to 6e-4, times 100 of k: 0.06 = 1e-5 ·
            // 6000.
            attend("1e4-scale logits", plain, large, 33).cancelling(6000)),
        attend("512 tokens, 9 heads share 3", spec(9, 3, 64, 0, 0), Values.normal(1), 512));
  }

  private static OpContract attentionDropout() {
    return new OpContract(
        "attention-dropout",
        "y = drop(softmax(mask(c·tanh(q·kᵀ·scale/c))))·v, causal, per document and head",
        ATTENTION,
        List.of(
            attend("33 tokens", spec(2, 2, 8, 0, 0), 0.5f, Values.normal(1), 33),
            attend(
                "129 tokens, 3 heads share 1", spec(3, 1, 64, 0, 0), 0.1f, Values.normal(1), 129),
            attend(
                "packed, empty documents", spec(8, 2, 8, 0, 0), 0.3f, Values.normal(1), 0, 5, 31),
            attend("softcap and window", spec(2, 1, 8, 6, 2), 0.3f, Values.normal(2), 20, 113)),
        attend("512 tokens, 9 heads share 3", spec(9, 3, 64, 0, 0), 0.1f, Values.normal(1), 512),
        false);
  }

  private static AttentionSpec spec(int heads, int kvHeads, int headDim, int window, float cap) {
    return new AttentionSpec(
        heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), window, cap);
  }

  private static OpCase attend(String name, AttentionSpec spec, Values queries, int... lengths) {
    return attend(name, spec, 0, queries, lengths);
  }

  private static OpCase attend(
      String name, AttentionSpec spec, float dropout, Values queries, int... lengths) {
    int rows = IntStream.of(lengths).sum();
    return OpCase.of(
        name,
        (tape, in) ->
            Attention.apply(
                tape,
                spec,
                Segments.packed(lengths),
                dropout,
                in.variable("q"),
                in.variable("k"),
                in.variable("v"),
                0),
        OpInput.trained("q", rows, spec.queryWidth()).of(queries),
        OpInput.trained("k", rows, spec.kvWidth()).of(queries),
        OpInput.trained("v", rows, spec.kvWidth()));
  }

  private static OpContract cachedAttention() {
    AttentionSpec grouped = spec(4, 2, 32, 0, 0);
    return new OpContract(
        "attention-cached",
        "as attention, new queries over the keys and values of a cache; forward only",
        ATTENTION,
        List.of(
            cached("first token", grouped, new int[] {1}, new int[] {0}, new int[] {1}),
            cached(
                "one token each of 3 sequences",
                grouped,
                new int[] {1, 1, 1},
                new int[] {0, 40, 80},
                new int[] {40, 1, 33}),
            cached(
                "prompts beside single tokens",
                grouped,
                new int[] {17, 1, 0, 5},
                new int[] {64, 0, 33, 32},
                new int[] {17, 31, 0, 20}),
            cached(
                "window 5",
                spec(4, 2, 32, 5, 0),
                new int[] {1, 3},
                new int[] {0, 64},
                new int[] {64, 9}),
            cached("softcap", spec(2, 2, 16, 0, 4), new int[] {2}, new int[] {3}, new int[] {31})),
        cached(
            "8 sequences of 512",
            spec(9, 3, 64, 0, 0),
            IntStream.range(0, 8).map(i -> 1).toArray(),
            IntStream.range(0, 8).map(i -> i * 512).toArray(),
            IntStream.range(0, 8).map(i -> 512).toArray()));
  }

  private static OpCase cached(
      String name, AttentionSpec spec, int[] newTokens, int[] starts, int[] keyLengths) {
    Segments segments = Segments.cached(newTokens, starts, keyLengths);
    long slack = 3;
    return OpCase.of(
        name,
        (tape, in) ->
            Attention.apply(
                tape, spec, segments, in.variable("q"), in.variable("k"), in.variable("v")),
        OpInput.constant("q", segments.queryRows(), spec.queryWidth()),
        OpInput.constant("k", segments.keyRows() + slack, spec.kvWidth()),
        OpInput.constant("v", segments.keyRows() + slack, spec.kvWidth()));
  }
}
