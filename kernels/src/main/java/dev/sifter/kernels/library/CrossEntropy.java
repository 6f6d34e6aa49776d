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
 * Softmax cross-entropy, a block a row: with lse = log Σ exp(x), loss = lse − x[target], entropy =
 * lse − Σ p·x, argMax the first index of the largest logit; then, in place, x = gradientScale ·
 * (softmax(x) − onehot(target)). A {@link Form} may spread a part ε of the target over all V, and
 * weigh a row by its target's probability w: loss = w·((1 − ε)(lse − x[target]) + ε(lse −
 * mean(x))), x = gradientScale · w · (softmax(x) − (1 − ε)·onehot(target) − ε/V).
 *
 * <pre>
 * row = blockIdx.x;  m = -max, s = w = 0                       // of this thread
 * for (i = threadIdx.x; i &lt; V; i += blockDim.x)               // vectors; one pass (Milakov 2018)
 *   M = max(m, x[i]);  f = exp(m - M);  e = exp(x[i] - M)
 *   w = f * (w + s*(m - M)) + e * (x[i] - M);  s = s*f + e;  m = M;  note the arg max
 *   if (smoothed)  d = d + n*(m - M) + (x[i] - M);  n++
 * m, s, w, d, argMax over the block
 * loss[row] = log(s) + (m - x[target]);  entropy[row] = log(s) - w/s
 * for (i backwards)  x[i] = scale * (exp(x[i] - m - log s) - (i == target))   // from cache, if small
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
 * @param smoothed whether a part of the target is spread
 * @param dynamic whether rows are weighed by their target's probability
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

  /** Instead of −∞, whose difference to itself is NaN. */
  private static final float LOWEST = -Float.MAX_VALUE;

  private static final int NO_INDEX = -1;

  /**
   * What a row costs: see the class's description.
   *
   * @param smoothing ε, at least 0 and below 1
   * @param dynamic whether w is the target's probability, held constant in the gradient, not 1
   */
  public record Form(float smoothing, boolean dynamic) {
    /** The negative log-likelihood. */
    public static final Form PLAIN = new Form(0, false);
  }

  /**
   * What to launch.
   *
   * @param logits [rows, vocab]
   * @param targets 32-bit [rows], each below vocab
   * @param gradientScale 0 leaves the logits as they are
   * @param loss fp32 [rows]
   * @param entropy fp32 [rows], or null
   * @param argMax 32-bit [rows], or null
   */
  public static List<Launch> launches(
      Form form,
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
            form.smoothing > 0,
            form.dynamic,
            Vectors.ofRows(new long[] {vocab}, logits));
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
      arguments.add(form.smoothing);
    }
    return List.of(new Launch(kernel, Grid.of(rows), arguments));
  }

  @Override
  public int threadsPerBlock() {
    return vocab <= WIDE_VOCAB ? 128 : 512;
  }

  /** What a thread knows of the logits that it has seen: see the class's description. */
  private record Seen(F32 max, F32 sum, F32 weighted, F32 distances, F32 count, B32 argMax) {
    static Seen none(PtxAssembler k) {
      return new Seen(
          k.variable(LOWEST),
          k.variable(0f),
          k.variable(0f),
          k.variable(0f),
          k.variable(0f),
          k.variable(k.constant(NO_INDEX)));
    }
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer matrix = k.output("logits", logits, vector);
    GlobalPointer targets = k.pointer("targets", Integer.BYTES);
    GlobalPointer losses = k.pointer("loss", Float.BYTES);
    GlobalPointer entropies = entropy ? k.pointer("entropy", Float.BYTES) : null;
    GlobalPointer argMaxima = argMax ? k.pointer("argMax", Integer.BYTES) : null;
    F32 scale = k.number("gradientScale");
    F32 smoothing = smoothed ? k.number("smoothing") : null;

    B32 rowNumber = k.blockX();
    ElementPointer row = k.at(matrix, rowNumber, vocab);
    B32 target = k.loadReadOnly(k.at(targets, rowNumber, Integer.BYTES));
    F32 ofTarget = k.loadOne(k.at(row, target, 1));
    Seen mine = Seen.none(k);
    k.forRange(
        k.threadIndex(),
        k.constant(vocab / vector),
        threadsPerBlock(),
        i -> see(k, mine, k.load(k.at(row, i, vector), vector), i));

    F32 max = k.blockMax(mine.max);
    F32 shift = shift(k, mine.max, max);
    F32 factor = k.expOfNonPositive(shift);
    List<F32> parts = new ArrayList<>(List.of(k.mul(factor, mine.sum)));
    if (entropy) {
      parts.add(k.mul(factor, k.fma(mine.sum, shift, mine.weighted)));
    }
    if (smoothed) {
      parts.add(k.fma(mine.count, shift, mine.distances));
    }
    List<F32> sums = k.blockSums(parts.toArray(F32[]::new));
    F32 logSum = k.log(sums.getFirst());
    F32 likelihood = k.add(logSum, k.sub(max, ofTarget));
    F32 weight = dynamic ? k.expOfNonPositive(k.neg(likelihood)) : null;
    F32 loss = smoothed ? smooth(k, likelihood, logSum, sums.getLast(), smoothing) : likelihood;
    Pred first = k.eq(k.threadIndex(), 0);
    F32 weighedLoss = dynamic ? k.mul(loss, weight) : loss;
    k.storeIf(first, k.at(losses, rowNumber, Float.BYTES), weighedLoss);
    if (entropy) {
      F32 mean = k.div(sums.get(1), sums.getFirst());
      k.storeIf(first, k.at(entropies, rowNumber, Float.BYTES), k.sub(logSum, mean));
    }
    if (argMax) {
      B32 candidate = k.select(k.eq(mine.max, max), mine.argMax, k.constant(NO_INDEX));
      B32 best = k.blockMin(candidate);
      B32 index = k.select(k.eq(best, NO_INDEX), k.constant(0), best);
      k.storeIf(first, k.at(argMaxima, rowNumber, Integer.BYTES), index);
    }
    if (gradient) {
      F32 factorOfRow = dynamic ? k.mul(scale, weight) : scale;
      k.forRange(
          k.threadIndex(),
          k.constant(vocab / vector),
          threadsPerBlock(),
          i ->
              overwrite(
                  k,
                  row,
                  k.sub(k.constant(vocab / vector - 1), i),
                  max,
                  logSum,
                  target,
                  smoothing,
                  factorOfRow));
    }
  }

  /** (1 − ε)·likelihood + ε·(log Σ − mean(x − max)). */
  private F32 smooth(PtxAssembler k, F32 likelihood, F32 logSum, F32 distances, F32 smoothing) {
    F32 spread = k.sub(logSum, k.mul(distances, 1f / vocab));
    return k.fma(smoothing, spread, k.mul(k.sub(k.constant(1f), smoothing), likelihood));
  }

  /** m − M where both are finite, never −∞, so that its product with 0 is 0. */
  private static F32 shift(PtxAssembler k, F32 from, F32 to) {
    return k.max(k.sub(from, to), LOWEST);
  }

  private void see(PtxAssembler k, Seen seen, List<F32> values, B32 i) {
    F32 largest = values.getFirst();
    for (F32 value : values.subList(1, values.size())) {
      largest = k.max(largest, value);
    }
    F32 max = k.max(seen.max, largest);
    if (argMax) {
      B32 index = k.mul(i, vector);
      B32 best = k.add(index, vector - 1);
      for (int j = vector - 2; j >= 0; j--) {
        best = k.select(k.eq(values.get(j), largest), k.add(index, j), best);
      }
      k.assign(seen.argMax, k.select(k.gt(largest, seen.max), best, seen.argMax));
    }
    F32 shift = shift(k, seen.max, max);
    F32 factor = k.expOfNonPositive(shift);
    F32 weighted = entropy ? k.mul(factor, k.fma(seen.sum, shift, seen.weighted)) : null;
    F32 distances = smoothed ? k.fma(seen.count, shift, seen.distances) : null;
    F32 sum = k.mul(seen.sum, factor);
    for (F32 value : values) {
      F32 distance = k.sub(value, max);
      F32 e = k.expOfNonPositive(distance);
      sum = k.add(sum, e);
      if (entropy) {
        // A logit of −∞ has probability 0 and no part in the entropy.
        F32 term = k.select(k.eq(e, 0f), 0f, k.mul(e, distance));
        weighted = k.add(weighted, term);
      }
      if (smoothed) {
        distances = k.add(distances, distance);
      }
    }
    k.assign(seen.sum, sum);
    if (entropy) {
      k.assign(seen.weighted, weighted);
    }
    if (smoothed) {
      k.assign(seen.distances, distances);
      k.assign(seen.count, k.add(seen.count, (float) values.size()));
    }
    k.assign(seen.max, max);
  }

  private void overwrite(
      PtxAssembler k,
      ElementPointer row,
      B32 i,
      F32 max,
      F32 logSum,
      B32 target,
      F32 smoothing,
      F32 scale) {
    F32 ofAll = smoothed ? k.mul(smoothing, 1f / vocab) : k.constant(0f);
    F32 ofTarget = smoothed ? k.add(k.sub(ofAll, smoothing), 1f) : k.constant(1f);
    ElementPointer place = k.at(row, i, vector);
    List<F32> gradients = new ArrayList<>();
    B32 index = k.mul(i, vector);
    List<F32> values = k.load(place, vector);
    for (int j = 0; j < vector; j++) {
      F32 p = k.expOfNonPositive(k.sub(k.sub(values.get(j), max), logSum));
      F32 wanted = k.select(k.eq(k.add(index, j), target), ofTarget, ofAll);
      gradients.add(k.mul(k.sub(p, wanted), scale));
    }
    k.store(place, gradients);
  }
}
