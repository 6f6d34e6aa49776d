package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * Softmax cross-entropy, a block a row: with lse = log Σ exp(x) and nll = lse − x[target], loss = w
 * · ((1 − ε)·nll + ε·(lse − mean(x))), entropy = lse − Σ p·x, argMax the first index of the largest
 * logit; then, in place, x = gradientScale · w · (softmax(x) − (1 − ε)·onehot(target) − ε/V). The
 * weight w is 1, or the target's probability exp(−nll), held constant.
 *
 * <pre>
 * row = blockIdx.x;  r = -max, s = w = 0                       // of this thread
 * for (i = threadIdx.x; i &lt; V; i += blockDim.x)               // vectors, four asked for at once
 *   M = max(x[i]);  note where the largest is
 *   if (M &gt; r + 5.5)  { s *= e^(r - M);  w likewise;  r = M }   // seldom (Milakov 2018)
 *   s += e^(x[i] - r);  w += e^(x[i] - r) * (x[i] - r)           // e^ as 2^ of so many times log2(e)
 * r = max over the block;  s, w relative to it, over the block
 * nll = log(s) + (r - x[target]);  loss[row] = ...;  entropy[row] = log(s) - w/s
 * for (i backwards)  x[i] = e^(x[i] - r) * (scale/s), less scale at the target    // from the caches
 * </pre>
 *
 * <p>Everything is relative to the largest logit, so logits of any size keep their differences. A
 * NaN among them shows in the loss. Targets are the caller's to check.
 *
 * <p>Least bytes: the logits read and written. 6 FLOPs a logit, 2 more for the entropy, 2 more if
 * smoothed; and an exponential in each pass: a multiprocessor has 16 a clock. So two blocks share
 * one, and not more, that the half of their rows which comes again soonest is still in the
 * second-level cache.
 *
 * @param vocab V
 * @param logits type of the logits
 * @param gradient whether the logits are overwritten
 * @param entropy whether the entropy is wanted
 * @param argMax whether the arg max is wanted
 * @param smoothed whether ε is not 0
 * @param dynamic whether w is the target's probability
 * @param vector elements of an access
 */
public record CrossEntropy(
    int vocab,
    ElementType logits,
    boolean gradient,
    boolean entropy,
    boolean argMax,
    boolean smoothed,
    boolean dynamic,
    int vector)
    implements Kernel {
  private static final int WIDE_VOCAB = 8192;

  private static final float LN_2 = 0.693147181f;

  /**
   * What to launch.
   *
   * @param labelSmoothing ε, at least 0 and below 1
   * @param dynamic whether w is the target's probability
   * @param logits [rows, vocab]
   * @param targets 32-bit [rows], each below vocab
   * @param gradientScale 0 leaves the logits as they are
   * @param loss fp32 [rows]
   * @param entropy fp32 [rows], or null
   * @param argMax 32-bit [rows], or null
   */
  public static List<Launch> launches(
      float labelSmoothing,
      boolean dynamic,
      Array logits,
      DeviceSlice targets,
      float gradientScale,
      Array loss,
      Array entropy,
      DeviceSlice argMax,
      int rows,
      int vocab) {
    if (rows == 0) {
      return List.of();
    }
    CrossEntropy kernel =
        new CrossEntropy(
            vocab,
            logits.type(),
            gradientScale != 0,
            entropy != null,
            argMax != null,
            labelSmoothing != 0,
            dynamic,
            AlignedRow.vector(logits, rows, vocab));
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                logits.require("logits", (long) rows * vocab),
                targets.require("targets", (long) rows * Integer.BYTES, Integer.BYTES),
                loss.require("loss", rows)));
    if (entropy != null) {
      arguments.add(entropy.require("entropy", rows));
    }
    if (argMax != null) {
      arguments.add(argMax.require("argMax", (long) rows * Integer.BYTES, Integer.BYTES));
    }
    arguments.add(gradientScale);
    if (kernel.smoothed) {
      arguments.add(labelSmoothing);
    }
    return List.of(new Launch(kernel, Grid.of(rows), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return vocab <= WIDE_VOCAB ? 128 : 512;
  }

  @Override
  public int blocksPerMultiprocessor() {
    return 2;
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer matrix = k.output("logits", logits, vector);
    GlobalPointer targets = k.pointer("targets", Integer.BYTES);
    GlobalPointer losses = k.pointer("loss", Float.BYTES);
    GlobalPointer entropies = entropy ? k.pointer("entropy", Float.BYTES) : null;
    GlobalPointer argMaxima = argMax ? k.pointer("argMax", Integer.BYTES) : null;
    F32 scale = k.number("gradientScale");
    F32 smoothing = smoothed ? k.number("labelSmoothing") : null;

    B32 rowNumber = k.blockX();
    AlignedRow row = AlignedRow.of(k, matrix, rowNumber, vocab, vector);
    B32 target = k.loadReadOnly(k.at(targets, rowNumber, Integer.BYTES));
    F32 ofTarget = k.loadOne(row.at(target));
    SoftmaxStatistics mine = new SoftmaxStatistics(k, entropy, argMax, smoothed);
    row.forEach(threadsPerBlock(), (place, logits, index) -> mine.see(logits, index));

    SoftmaxStatistics.OfRow all = mine.ofRow(row);
    F32 logSum = k.log(all.sum());
    F32 nll = k.add(logSum, k.sub(all.max(), ofTarget));
    F32 weight = dynamic ? k.expOfNonPositive(k.neg(nll)) : null;
    F32 loss = smoothed ? smoothedLoss(k, nll, logSum, all.distances(), smoothing) : nll;
    Pred first = k.eq(k.threadIndex(), 0);
    k.storeIf(first, k.at(losses, rowNumber, Float.BYTES), dynamic ? k.mul(weight, loss) : loss);
    if (entropy) {
      F32 mean = k.div(all.weighted(), all.sum());
      k.storeIf(first, k.at(entropies, rowNumber, Float.BYTES), k.fma(mean, -LN_2, logSum));
    }
    if (argMax) {
      k.storeIf(first, k.at(argMaxima, rowNumber, Integer.BYTES), all.argMax());
    }
    if (gradient) {
      F32 weighted = dynamic ? k.mul(scale, weight) : scale;
      Gradient of =
          new Gradient(
              k,
              all.max(),
              k.div(weighted, all.sum()),
              smoothed ? k.neg(k.mul(weighted, k.mul(smoothing, 1f / vocab))) : null,
              target,
              smoothed ? k.mul(weighted, k.sub(k.constant(1f), smoothing)) : weighted);
      row.forEachBackwards(threadsPerBlock(), of::overwrite);
    }
  }

  /** (1 − ε)·nll + ε·(log Σ − mean distance to the largest logit). */
  private F32 smoothedLoss(PtxAssembler k, F32 nll, F32 logSum, F32 distances, F32 smoothing) {
    F32 uniform = k.fma(distances, -LN_2 / vocab, logSum);
    F32 kept = k.mul(k.sub(k.constant(1f), smoothing), nll);
    return k.fma(smoothing, uniform, kept);
  }

  /**
   * What all logits of a row need: x becomes e to the power of x − max, times {@code factor}, plus
   * {@code shift} (null for 0), less {@code ofTarget} where the target is.
   */
  private record Gradient(
      PtxAssembler k, F32 max, F32 factor, F32 shift, B32 target, F32 ofTarget) {

    F32 of(F32 logit) {
      F32 e = k.exp2Approximate(SoftmaxStatistics.exponent(k, logit, max));
      return shift == null ? k.mul(e, factor) : k.fma(e, factor, shift);
    }

    void overwrite(ElementPointer place, List<F32> logits, B32 index) {
      List<F32> gradients = Vectors.map(logits, this::of);
      B32 targetsPlace = k.sub(target, index);
      k.ifThen(
          k.lt(targetsPlace, logits.size()),
          () -> {
            for (int j = 0; j < gradients.size(); j++) {
              F32 gradient = gradients.get(j);
              F32 less = k.sub(gradient, ofTarget);
              k.assign(gradient, k.select(k.eq(targetsPlace, j), less, gradient));
            }
          });
      k.store(place, gradients);
    }
  }
}
