package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Cross-entropy, a row of logits a task; a row is read twice and written once or twice. */
final class CpuLoss implements LossKernels {
  private static final int CHUNK = 2048;

  private final CpuContext context;

  CpuLoss(CpuContext context) {
    this.context = context;
  }

  @Override
  public void crossEntropy(
      TokenLoss form,
      Tensor logits,
      Tensor targets,
      float gradientScale,
      Tensor loss,
      Tensor entropy,
      Tensor argMax) {
    Checks.f32("logits", logits);
    int rows = logits.rows();
    int vocabulary = logits.width();
    Checks.i32("targets", targets, rows);
    Checks.f32("loss", loss, rows);
    if (entropy != null) {
      Checks.f32("entropy", entropy, rows);
    }
    if (argMax != null) {
      Checks.i32("argMax", argMax, rows);
    }
    MemorySegment targetRows = targets.segment();
    for (int row = 0; row < rows; row++) {
      int target = targetRows.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * row);
      if (target < 0 || target >= vocabulary) {
        throw new IndexOutOfBoundsException(
            "target %d of row %d is not in [0, %d)".formatted(target, row, vocabulary));
      }
    }
    MemorySegment x = logits.segment();
    MemorySegment losses = loss.segment();
    MemorySegment entropies = entropy == null ? null : entropy.segment();
    MemorySegment best = argMax == null ? null : argMax.segment();
    context.run(
        rows,
        (row, worker) -> {
          float[] chunk = context.scratch(worker).floats(0, CHUNK);
          float[] exps = context.scratch(worker).floats(1, CHUNK);
          long start = (long) row * vocabulary;
          int target = targetRows.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * row);
          float targetLogit = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (start + target));
          int first = argMax(x, start, vocabulary, chunk);
          float max = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (start + first));
          double sum = 0;
          double weighted = 0;
          double distances = 0;
          for (int i = 0; i < vocabulary; i += CHUNK) {
            int count = Math.min(CHUNK, vocabulary - i);
            Numbers.loadF32(x, start + i, chunk, 0, count);
            if (form.labelSmoothing() != 0) {
              System.arraycopy(chunk, 0, exps, 0, count);
              NormLoops.addTo(exps, -max, count);
              distances += NormLoops.sum(exps, count);
            }
            System.arraycopy(chunk, 0, exps, 0, count);
            sum += VectorMath.exp(exps, 0, count, 1, max);
            if (entropies != null) {
              weighted += PointwiseLoops.weightedSum(chunk, exps, max, count);
            }
            if (gradientScale != 0) {
              Numbers.storeF32(exps, 0, x, start + i, count);
            }
          }
          double logSum = Math.log(sum);
          double nll = logSum + ((double) max - targetLogit);
          double weight = form.dynamic() ? Math.exp(-nll) : 1;
          set(losses, row, (float) (weight * smoothed(form, nll, logSum - distances / vocabulary)));
          if (entropies != null) {
            set(entropies, row, (float) (logSum - weighted / sum));
          }
          if (best != null) {
            best.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * row, first);
          }
          if (gradientScale != 0) {
            gradient(x, start, vocabulary, target, form, gradientScale * weight, sum);
          }
        });
  }

  private static double smoothed(TokenLoss form, double nll, double meanNll) {
    float smoothing = form.labelSmoothing();
    return smoothing == 0 ? nll : (1 - smoothing) * nll + smoothing * meanNll;
  }

  /** x, which holds exponentials, becomes scale · (x/sum − (1 − ε)·onehot − ε/V). */
  private static void gradient(
      MemorySegment x,
      long start,
      int vocabulary,
      int target,
      TokenLoss form,
      double scale,
      double sum) {
    PointwiseLoops.scale(x, (float) (scale / sum), x, 4 * start, vocabulary);
    long place = 4 * (start + target);
    float p = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, place);
    float certain = (float) (scale * (1 - (double) form.labelSmoothing()));
    x.set(ValueLayout.JAVA_FLOAT_UNALIGNED, place, p - certain);
    if (form.labelSmoothing() != 0) {
      float spread = (float) (scale * form.labelSmoothing() / vocabulary);
      PointwiseLoops.addTo(x, -spread, 4 * start, vocabulary);
    }
  }

  private static void set(MemorySegment segment, int row, float value) {
    segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row, value);
  }

  /** First index of the largest element; 0 if no element exceeds −∞. */
  private static int argMax(MemorySegment x, long start, int count, float[] chunk) {
    float best = Float.NEGATIVE_INFINITY;
    int index = 0;
    for (int i = 0; i < count; i += CHUNK) {
      int length = Math.min(CHUNK, count - i);
      Numbers.loadF32(x, start + i, chunk, 0, length);
      float most = PointwiseLoops.max(chunk, 0, length);
      if (most > best) {
        best = most;
        int at = 0;
        while (chunk[at] != most) {
          at++;
        }
        index = i + at;
      }
    }
    return index;
  }

  @Override
  public void softcap(Tensor x, float softcap) {
    Checks.f32("x", x);
    Checks.positive("softcap", softcap);
    MemorySegment values = x.segment();
    context.runRanges(
        x.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> {
          float[] chunk = context.scratch(worker).floats(0, CHUNK);
          for (long i = from; i < to; i += CHUNK) {
            int count = (int) Math.min(CHUNK, to - i);
            Numbers.loadF32(values, i, chunk, 0, count);
            VectorMath.tanh(chunk, count, 1 / softcap);
            Numbers.storeF32(chunk, 0, values, i, count);
          }
          PointwiseLoops.scale(values, softcap, values, 4 * from, (int) (to - from));
        });
  }

  @Override
  public void softcapBackward(Tensor dy, Tensor y, float softcap) {
    Checks.same("dy", dy, "y", y);
    Checks.positive("softcap", softcap);
    MemorySegment gradient = dy.segment();
    MemorySegment capped = y.segment();
    context.runRanges(
        dy.elements(),
        Grain.ELEMENTS,
        (from, to, worker) -> {
          float[] d = context.scratch(worker).floats(0, CHUNK);
          float[] v = context.scratch(worker).floats(1, CHUNK);
          for (long i = from; i < to; i += CHUNK) {
            int count = (int) Math.min(CHUNK, to - i);
            Numbers.loadF32(gradient, i, d, 0, count);
            Numbers.loadF32(capped, i, v, 0, count);
            PointwiseLoops.softcapBackward(d, v, 1 / softcap, count);
            Numbers.storeF32(d, 0, gradient, i, count);
          }
        });
  }
}
