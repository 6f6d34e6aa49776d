package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link FlashAttentionKeyGradient} makes of scores whose rows are keys and whose columns are
 * queries: the numbers of a query belong to a column, and lie in shared memory.
 */
record TransposedScores(PtxAssembler k, AttentionScores scores) {

  /** exp(score − lse) of each; {@code s} becomes the scores. */
  List<List<F32>> probabilities(List<List<F32>> s, SharedPointer sharedLse) {
    List<List<F32>> p = new ArrayList<>();
    for (int n = 0; n < s.size(); n++) {
      List<F32> lse =
          ofColumns(sharedLse, n).stream().map(x -> k.neg(k.mul(x, FlashBlock.LOG2_E))).toList();
      List<F32> fragment = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        F32 score = s.get(n).get(i);
        k.assign(score, scores.score(score));
        F32 exponent = k.fma(score, FlashBlock.LOG2_E, lse.get(i % 2));
        fragment.add(k.variable(k.exp2Approximate(exponent)));
      }
      p.add(fragment);
    }
    return p;
  }

  /** Turns probabilities into p · (dp − D) · score′. */
  void slopes(List<List<F32>> s, List<List<F32>> p, List<List<F32>> dp, SharedPointer sharedD) {
    for (int n = 0; n < s.size(); n++) {
      List<F32> d = ofColumns(sharedD, n);
      for (int i = 0; i < 4; i++) {
        F32 slope =
            k.mul(k.sub(dp.get(n).get(i), d.get(i % 2)), scores.derivative(s.get(n).get(i)));
        k.assign(p.get(n).get(i), k.mul(p.get(n).get(i), slope));
      }
    }
  }

  /** Numbers of a fragment's two columns. */
  private List<F32> ofColumns(SharedPointer numbers, int fragment) {
    SharedPointer pair = k.at(numbers, k.fragmentPair(), 2 * Float.BYTES);
    long offset = (long) fragment * PtxAssembler.FRAGMENT_COLUMNS * Float.BYTES;
    return k.loadFloats(pair.plus(offset), 2);
  }
}
