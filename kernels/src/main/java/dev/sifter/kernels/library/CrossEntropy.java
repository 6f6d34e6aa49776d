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
 * row = blockIdx.x;  m = -max, s = w = 0                       // of this thread
 * for (i = threadIdx.x; i &lt; V; i += blockDim.x)               // vectors; one pass (Milakov 2018)
 *   M = max(m, x[i]);  f = exp(m - M);  e = exp(x[i] - M)
 *   w = f * (w + s*(m - M)) + e * (x[i] - M);  s = s*f + e;  m = M;  note the arg max
 *   d += x[i] - M + (number of x before) * (m - M)            // for label smoothing only
 * m, s, w, argMax over the block
 * nll = log(s) + (m - x[target]);  loss[row] = ...;  entropy[row] = log(s) - w/s
 * for (i backwards)  x[i] = scale * (exp(x[i] - m - log s) - wanted(i))      // from cache, if small
 * </pre>
 *
 * <p>Everything is relative to the largest logit, so logits of any size keep their differences. A
 * NaN among them shows in the loss. Targets are the caller's to check. Least bytes: the logits read
 * and written. About 25 FLOPs a logit, 3 of them special functions.
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
    F32 ofTarget = row.load(target);
    SoftmaxStatistics mine = new SoftmaxStatistics(k, entropy, argMax, smoothed);
    row.forEach(threadsPerBlock(), (place, count, index) -> mine.see(k.load(place, count), index));

    SoftmaxStatistics.OfRow all = mine.ofRow();
    F32 logSum = k.log(all.sum());
    F32 nll = k.add(logSum, k.sub(all.max(), ofTarget));
    F32 weight = dynamic ? k.expOfNonPositive(k.neg(nll)) : null;
    F32 loss = smoothed ? smoothedLoss(k, nll, logSum, all.distances(), smoothing) : nll;
    Pred first = k.eq(k.threadIndex(), 0);
    k.storeIf(first, k.at(losses, rowNumber, Float.BYTES), dynamic ? k.mul(weight, loss) : loss);
    if (entropy) {
      F32 mean = k.div(all.weighted(), all.sum());
      k.storeIf(first, k.at(entropies, rowNumber, Float.BYTES), k.sub(logSum, mean));
    }
    if (argMax) {
      k.storeIf(first, k.at(argMaxima, rowNumber, Integer.BYTES), all.argMax());
    }
    if (gradient) {
      Gradient of =
          new Gradient(
              k,
              all.max(),
              logSum,
              target,
              dynamic ? k.mul(scale, weight) : scale,
              smoothed ? k.mul(smoothing, 1f / vocab) : null,
              smoothed ? k.sub(k.constant(1f), smoothing) : k.constant(1f));
      row.forEachBackwards(threadsPerBlock(), of::overwrite);
    }
  }

  /** (1 − ε)·nll + ε·(log Σ − mean distance to the largest logit). */
  private F32 smoothedLoss(PtxAssembler k, F32 nll, F32 logSum, F32 distances, F32 smoothing) {
    F32 uniform = k.sub(logSum, k.mul(distances, 1f / vocab));
    F32 kept = k.mul(k.sub(k.constant(1f), smoothing), nll);
    return k.fma(smoothing, uniform, kept);
  }

  /** What all logits of a row need; {@code spread} is ε/V or null, {@code kept} is 1 − ε. */
  private record Gradient(
      PtxAssembler k, F32 max, F32 logSum, B32 target, F32 scale, F32 spread, F32 kept) {

    F32 of(F32 logit, B32 index) {
      F32 p = k.expOfNonPositive(k.sub(k.sub(logit, max), logSum));
      F32 above = spread == null ? p : k.sub(p, spread);
      F32 rest = k.select(k.eq(index, target), k.sub(above, kept), above);
      return k.mul(rest, scale);
    }

    void overwrite(ElementPointer place, int count, B32 index) {
      List<F32> gradients = new ArrayList<>();
      List<F32> logits = k.load(place, count);
      for (int j = 0; j < count; j++) {
        gradients.add(of(logits.get(j), k.add(index, j)));
      }
      k.store(place, gradients);
    }
  }
}
