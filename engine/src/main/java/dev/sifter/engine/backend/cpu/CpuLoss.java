package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.LossKernels;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link CrossEntropy}, a row a task, and soft caps of logits. */
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
    checkTargets(targets, vocabulary);
    CrossEntropy crossEntropy =
        new CrossEntropy(
            form,
            vocabulary,
            gradientScale,
            logits.segment(),
            targets.segment(),
            loss.segment(),
            entropy == null ? null : entropy.segment(),
            argMax == null ? null : argMax.segment());
    context.run(rows, (row, worker) -> crossEntropy.row(row, context.scratch(worker)));
  }

  private static void checkTargets(Tensor targets, int vocabulary) {
    MemorySegment numbers = targets.segment();
    for (long row = 0; row < targets.elements(); row++) {
      int target = numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * row);
      if (target < 0 || target >= vocabulary) {
        throw new IndexOutOfBoundsException(
            "target %d of row %d is not in [0, %d)".formatted(target, row, vocabulary));
      }
    }
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
