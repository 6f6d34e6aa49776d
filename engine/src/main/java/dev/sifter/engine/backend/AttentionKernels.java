package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/**
 * Rotary positions and attention over rows of heads: a row of q holds {@code heads} times {@code
 * headDim} elements, a row of k or v {@code kvHeads} times.
 */
public interface AttentionKernels {

  /**
   * Rotates pairs of each head by a position's angle (Su et al., RoFormer, in the half-split
   * layout): with h = rotaryDim/2, y[i] = x[i]·cos[p,i] − x[i+h]·sin[p,i] and y[i+h] =
   * x[i+h]·cos[p,i] + x[i]·sin[p,i] for i &lt; h; elements from rotaryDim on are copied.
   * Interleaved, as in the paper, a pair is x[2i] and x[2i+1].
   *
   * @param x [T, heads · headDim]
   * @param headDim elements of a head
   * @param interleaved whether pairs are neighbours, not elements of two halves
   * @param cos [positions, rotaryDim / 2], any attention factor already multiplied in
   * @param sin the same shape
   * @param positions I32 [T]
   * @param inverse rotates back: the gradient of the forward rotation
   * @param accumulate whether y is added to
   * @param y the shape of x; may be x itself unless {@code accumulate}
   * @throws IndexOutOfBoundsException if a position is beyond the table; nothing is written then
   */
  void rope(
      Tensor x,
      int headDim,
      boolean interleaved,
      Tensor cos,
      Tensor sin,
      Tensor positions,
      boolean inverse,
      boolean accumulate,
      Tensor y);

  /**
   * softmax(mask(softcap(q·kᵀ · scale)))·v for each document and head, without ever holding the
   * scores of more than a tile of queries (Dao et al., FlashAttention).
   *
   * @param q [queryRows, heads · headDim]
   * @param k [≥ keyRows, kvHeads · headDim]
   * @param v as k
   * @param out as q
   * @param dropout of the probabilities; null for none
   * @param logSumExp [queryRows, heads]: natural log of each softmax denominator; null where no
   *     backward follows
   */
  void attention(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp);

  /** Whether probabilities can be dropped; if not, a dropout is refused. */
  default boolean canDrop() {
    return true;
  }

  /**
   * With P the probabilities, D = rowsum(dOut · out) and dS = P · (dOut·vᵀ − D) (times the
   * softcap's derivative): dq = scale · dS·k, dk = scale · dSᵀ·q, dv = Pᵀ·dOut; groups of query
   * heads add up in their key head. With dropout, of mask M, it is dS = P · (M · dOut·vᵀ − D) and
   * dv = (M · P)ᵀ·dOut. Only for documents whose query and key ranges are the same.
   *
   * @param dropout that of the forward pass; null for none
   * @param dq written, as q
   * @param dk written, as k
   * @param dv written, as v
   */
  void attentionBackward(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor dOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor dq,
      Tensor dk,
      Tensor dv);
}
