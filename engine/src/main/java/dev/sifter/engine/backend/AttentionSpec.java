package dev.sifter.engine.backend;

/**
 * What one attention computes, besides its tensors: causal, grouped, optionally windowed.
 *
 * @param heads number of query heads
 * @param kvHeads number of key and value heads; divides {@code heads}
 * @param headDim elements of a head
 * @param scale factor of q·k, usually 1/√headDim
 * @param slidingWindow a query at position i sees keys i − window + 1 … i; 0 for all up to i
 * @param softcap scores become softcap · tanh(score / softcap); 0 for none
 */
public record AttentionSpec(
    int heads, int kvHeads, int headDim, float scale, int slidingWindow, float softcap) {

  /** Checks that the heads divide. */
  public AttentionSpec {
    if (heads <= 0 || kvHeads <= 0 || headDim <= 0 || heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "%d query heads of %d cannot share %d key heads".formatted(heads, headDim, kvHeads));
    }
    if (slidingWindow < 0 || softcap < 0) {
      throw new IllegalArgumentException(
          "negative sliding window %d or softcap %s".formatted(slidingWindow, softcap));
    }
  }

  /** Elements of all query heads of a token. */
  public int queryWidth() {
    return heads * headDim;
  }

  /** Elements of all key (or value) heads of a token. */
  public int kvWidth() {
    return kvHeads * headDim;
  }

  /** Query heads that share a key head. */
  public int groupSize() {
    return heads / kvHeads;
  }
}
