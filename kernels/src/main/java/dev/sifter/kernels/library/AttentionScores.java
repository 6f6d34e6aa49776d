package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;

/**
 * From a product q·k to a score: scale, soft cap, mask.
 *
 * @param k the assembler
 * @param shape what the kernel is specialised for
 * @param scale factor of q·k
 * @param softcap c, or null
 * @param inverseSoftcap 1/c, or null
 * @param window keys that a query sees, itself included, or null
 */
record AttentionScores(
    PtxAssembler k, AttentionShape shape, F32 scale, F32 softcap, F32 inverseSoftcap, B32 window) {

  /** Declares the parameters. */
  static AttentionScores declare(PtxAssembler k, AttentionShape shape) {
    return new AttentionScores(
        k,
        shape,
        k.number("scale"),
        shape.softcapped() ? k.number("softcap") : null,
        shape.softcapped() ? k.number("inverseSoftcap") : null,
        shape.windowed() ? k.size("window") : null);
  }

  /** c·tanh(product·scale/c), or without the soft cap product·scale. */
  F32 score(F32 product) {
    F32 scaled = k.mul(product, scale);
    return shape.softcapped() ? k.mul(softcap, k.tanh(k.mul(scaled, inverseSoftcap))) : scaled;
  }

  /** d score / d product. */
  F32 derivative(F32 score) {
    if (!shape.softcapped()) {
      return scale;
    }
    F32 ratio = k.mul(score, inverseSoftcap);
    return k.mul(scale, k.fma(k.neg(ratio), ratio, 1f));
  }

  /** Whether the query at this position sees the key at that one. */
  Pred sees(B32 queryPosition, B32 keyPosition) {
    Pred past = k.le(keyPosition, queryPosition);
    return window == null ? past : k.and(past, k.lt(queryPosition, k.add(keyPosition, window)));
  }

  /**
   * Whether of a block of queries at neighbouring positions some do not see all of a block of keys.
   */
  Pred hidesSome(B32 firstQuery, int queries, B32 firstKey, int keys) {
    Pred future = k.lt(firstQuery, k.add(firstKey, keys - 1));
    return window == null
        ? future
        : k.or(future, k.ge(k.add(firstQuery, queries - 1), k.add(firstKey, window)));
  }

  /** The first key that the query at this position sees, rounded down to a tile's begin. */
  B32 firstKey(B32 queryPosition, int tile) {
    if (window == null) {
      return k.constant(0);
    }
    B32 first = k.maxSigned(k.sub(k.add(queryPosition, 1), window), 0);
    return k.and(first, -tile);
  }

  /** The last query position that sees the key at this one. */
  B32 lastQuery(B32 keyPosition) {
    return window == null
        ? k.constant(Integer.MAX_VALUE - 1)
        : k.sub(k.add(keyPosition, window), k.constant(1));
  }
}
