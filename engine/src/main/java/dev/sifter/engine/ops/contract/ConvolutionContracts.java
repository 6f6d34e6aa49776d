package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.ops.CausalConvolution;
import java.util.List;
import java.util.stream.IntStream;

/** Convolutions along the tokens. */
final class ConvolutionContracts {
  private static final List<Tolerance> SHORT_SUMS =
      Tolerances.pointwise(
          0,
          4e-6,
          "of the largest, since terms may cancel: a sum of L ≤ 9 products in y and dx, of √4097·u"
              + " over the tokens in the filter's gradient");

  private ConvolutionContracts() {}

  static List<OpContract> all() {
    return List.of(packed(), cached());
  }

  private static OpContract packed() {
    return new OpContract(
        "causal-convolution",
        "y[t, c] = Σ_b f[c, L−1−b]·x[t−b, c], per document",
        SHORT_SUMS,
        List.of(
            convolve("one token, one tap", 1, 1, 1),
            convolve("one token, 3 taps", 31, 3, 1),
            convolve("33 tokens", 127, 3, 33),
            convolve("packed, empty documents", 33, 4, 0, 5, 0, 1, 31, 0, 2),
            convolve("no tokens", 8, 3, 0),
            convolve("more taps than tokens", 17, 9, 3, 8, 12),
            convolve("4097 tokens", 3, 3, 4000, 97),
            convolve("600 documents", 5, 2, IntStream.range(0, 600).map(d -> d % 4).toArray())),
        convolve("512 tokens of 1024", 1024, 3, 512));
  }

  private static OpCase convolve(String name, int width, int length, int... documents) {
    return OpCase.of(
        name,
        (tape, in) ->
            CausalConvolution.apply(
                tape, Segments.packed(documents), in.variable("x"), in.variable("filter")),
        OpInput.trained("x", IntStream.of(documents).sum(), width),
        OpInput.trained("filter", width, 1, length));
  }

  private static OpContract cached() {
    return new OpContract(
        "causal-convolution-cached",
        "as causal-convolution, of new tokens over the rows of a cache; forward only",
        SHORT_SUMS,
        List.of(
            cached("first token", 33, 3, new int[] {1}, new int[] {0}, new int[] {1}),
            cached(
                "one token each of 3 sequences",
                31,
                3,
                new int[] {1, 1, 1},
                new int[] {0, 40, 80},
                new int[] {40, 1, 33}),
            cached(
                "prompts beside single tokens",
                64,
                4,
                new int[] {17, 1, 0, 5},
                new int[] {64, 0, 33, 32},
                new int[] {17, 31, 0, 20})),
        cached(
            "8 sequences",
            1024,
            3,
            IntStream.range(0, 8).map(i -> 1).toArray(),
            IntStream.range(0, 8).map(i -> i * 64).toArray(),
            IntStream.range(0, 8).map(i -> 64).toArray()));
  }

  private static OpCase cached(
      String name, int width, int length, int[] newTokens, int[] starts, int[] keyLengths) {
    Segments segments = Segments.cached(newTokens, starts, keyLengths);
    long slack = 3;
    return OpCase.of(
        name,
        (tape, in) ->
            CausalConvolution.apply(tape, segments, in.variable("x"), in.variable("filter")),
        OpInput.constant("x", segments.keyRows() + slack, width),
        OpInput.constant("filter", width, length));
  }
}
