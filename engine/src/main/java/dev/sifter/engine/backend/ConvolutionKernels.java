package dev.sifter.engine.backend;

import dev.sifter.engine.tensor.Tensor;

/** Convolutions along the tokens of a document, each column by a filter of its own. */
public interface ConvolutionKernels {

  /**
   * y[t, c] = Σ_b filter[c, L − 1 − b] · x[r − b, c], where r is the key row of query row t, over
   * those b &lt; L whose row r − b is of the same document: what comes before a document is 0.
   *
   * @param x [K, H], the documents' key rows
   * @param filter [H, L]; a document's last tap is the token's own
   * @param y [T, H], their query rows
   */
  void causalConvolution(Segments segments, Tensor x, Tensor filter, Tensor y);

  /**
   * dx[t, c] (+)= Σ_b filter[c, L − 1 − b] · dy[t + b, c] and dFilter[c, L − 1 − b] += Σ_t dy[t +
   * b, c] · x[t, c], over those b &lt; L whose row t + b is of the same document.
   *
   * @param segments documents whose keys are their queries
   * @param accumulate whether dx is added to
   * @param dFilter [H, L], always added to; null where the filter is frozen
   */
  void causalConvolutionBackward(
      Segments segments,
      Tensor dy,
      Tensor x,
      Tensor filter,
      boolean accumulate,
      Tensor dx,
      Tensor dFilter);
}
