package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.GradientScale;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.PairSum;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Σ g² of every gradient and of all together, on the device. */
final class GradientSums implements GradientScale {
  /** Upper and lower part of a sum. */
  static final int PAIR = 2;

  private final GpuContext context;
  private final Tensor sums;
  private final int count;
  private final double maxNorm;
  private Known fetched;

  /**
   * Sums that are still to be computed.
   *
   * @param sums fp32: a pair for each gradient, and one for all
   */
  GradientSums(GpuContext context, Tensor sums, int count, double maxNorm) {
    this.context = context;
    this.sums = sums;
    this.count = count;
    this.maxNorm = maxNorm;
  }

  /** What computes them: one after the other, so that all can use the same scratch memory. */
  List<Launch> launches(List<Tensor> gradients, Array scratch) {
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Tensor g = gradients.get(i);
      launches.addAll(
          PairSum.launchesOfSquares(context.array(g), g.elements(), scratch, pairs(i, i + 1)));
    }
    launches.add(PairSum.launchOfPairs(pairs(0, count), count, total()));
    return launches;
  }

  private Array pairs(int from, int to) {
    return context.array(GpuContext.part(sums, PAIR * from, PAIR * (to - from)));
  }

  /** The pair of all gradients together. */
  Array total() {
    return pairs(count, count + 1);
  }

  /** The largest norm that passes, for the device. */
  float maxNorm() {
    return maxNorm == 0 ? Float.POSITIVE_INFINITY : (float) maxNorm;
  }

  @Override
  public double norm() {
    return fetched().norm();
  }

  @Override
  public double coefficient() {
    return fetched().coefficient();
  }

  private Known fetched() {
    if (fetched == null) {
      float[] pairs = new float[PAIR * count];
      if (count > 0) {
        GpuContext.part(sums, 0, pairs.length).read(0, MemorySegment.ofArray(pairs));
      }
      double squares = 0;
      for (int i = 0; i < count; i++) {
        squares += (double) pairs[PAIR * i] + pairs[PAIR * i + 1];
      }
      fetched = Known.clipping(Math.sqrt(squares), maxNorm);
    }
    return fetched;
  }
}
