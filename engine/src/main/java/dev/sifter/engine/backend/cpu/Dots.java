package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Factors of columns, and products of two matrices summed by row or by column. */
final class Dots {
  private static final int LEFT_SLOT = 0;
  private static final int RIGHT_SLOT = 1;
  private static final int FACTORS_SLOT = 2;

  private final CpuContext context;

  Dots(CpuContext context) {
    this.context = context;
  }

  void scaleColumns(Tensor x, Tensor factors, boolean accumulate, Tensor y) {
    Checks.f32("x", x);
    Checks.f32("y", y);
    int width = x.width();
    Checks.matrix("y", y, x.shape().rows(), width);
    Checks.f32("factors", factors, width);
    float[] factor = context.shared().floats(FACTORS_SLOT, width);
    Numbers.loadF32(factors.segment(), 0, factor, 0, width);
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    context.runRanges(
        x.rows(),
        Grain.rows(width),
        (from, to, worker) -> {
          float[] row = context.scratch(worker).floats(LEFT_SLOT, width);
          float[] old = context.scratch(worker).floats(RIGHT_SLOT, width);
          for (long t = from; t < to; t++) {
            Numbers.loadF32(source, t * width, row, 0, width);
            NormLoops.multiply(row, factor, width);
            if (accumulate) {
              Numbers.loadF32(target, t * width, old, 0, width);
              NormLoops.add(row, old, width);
            }
            Numbers.storeF32(row, 0, target, t * width, width);
          }
        });
  }

  void columnDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    checkFactors(a, b);
    int width = a.width();
    Checks.f32("sums", sums, width);
    RowSums rows = new RowSums(context, a.rows(), width, 1);
    rows.run(
        (from, to, worker, partials, at) -> {
          for (long t = from; t < to; t++) {
            float[] left = row(a, t, LEFT_SLOT, worker);
            float[] right = row(b, t, RIGHT_SLOT, worker);
            NormLoops.addProduct(left, right, 1, partials, at, width);
          }
        });
    rows.finish(0, accumulate, sums.segment());
  }

  void rowDots(Tensor a, Tensor b, boolean accumulate, Tensor sums) {
    checkFactors(a, b);
    int width = a.width();
    Checks.f32("sums", sums, a.shape().rows());
    MemorySegment target = sums.segment();
    context.runRanges(
        a.rows(),
        Grain.rows(width),
        (from, to, worker) -> {
          for (long t = from; t < to; t++) {
            float dot =
                NormLoops.dot(row(a, t, LEFT_SLOT, worker), row(b, t, RIGHT_SLOT, worker), width);
            float old = accumulate ? target.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * t) : 0;
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * t, old + dot);
          }
        });
  }

  private static void checkFactors(Tensor a, Tensor b) {
    Checks.floats("a", a);
    Checks.floats("b", b);
    Checks.matrix("b", b, a.shape().rows(), a.shape().width());
  }

  private float[] row(Tensor x, long t, int slot, int worker) {
    int width = x.width();
    float[] row = context.scratch(worker).floats(slot, width);
    Numbers.load(x.dtype(), x.segment(), t * width, row, 0, width);
    return row;
  }
}
