package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.NormKernels;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * RMSNorm and LayerNorm, a block of rows a task; rows are staged in arrays, statistics are fp32.
 */
final class CpuNorm implements NormKernels {
  private static final int WEIGHT_SLOT = 2;
  private static final int BIAS_SLOT = 4;
  private static final int X_SLOT = 0;
  private static final int DY_SLOT = 1;
  private static final int DX_SLOT = 2;

  private final CpuContext context;

  CpuNorm(CpuContext context) {
    this.context = context;
  }

  private static float get(MemorySegment segment, long index) {
    return segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index);
  }

  private static void set(MemorySegment segment, long index, float value) {
    segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index, value);
  }

  /** The weight widened to fp32, plus an offset, for all tasks to read. */
  private float[] sharedRow(int slot, String name, Tensor weight, int width, float offset) {
    Checks.floats(name, weight);
    Checks.elements(name, weight, width);
    float[] row = context.shared().floats(slot, width);
    Numbers.load(weight.dtype(), weight.segment(), 0, row, 0, width);
    if (offset != 0) {
      for (int i = 0; i < width; i++) {
        row[i] += offset;
      }
    }
    return row;
  }

  @Override
  public void rmsNorm(
      Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor rstd) {
    Checks.same("x", x, "y", y);
    int width = x.width();
    Checks.f32("rstd", rstd, x.rows());
    float[] w = sharedRow(WEIGHT_SLOT, "weight", weight, width, weightOffset);
    MemorySegment in = x.segment();
    MemorySegment out = y.segment();
    MemorySegment scales = rstd.segment();
    context.runRanges(
        x.rows(),
        Grain.rows(width),
        (from, to, worker) -> {
          float[] row = context.scratch(worker).floats(X_SLOT, width);
          for (long t = from; t < to; t++) {
            Numbers.loadF32(in, t * width, row, 0, width);
            float squares = NormLoops.dot(row, row, width);
            float scale = (float) (1 / Math.sqrt((double) squares / width + epsilon));
            NormLoops.scale(row, scale, w, width);
            Numbers.storeF32(row, 0, out, t * width, width);
            set(scales, t, scale);
          }
        });
  }

  @Override
  public void rmsNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight) {
    Checks.same("dy", dy, "x", x);
    Checks.same("dx", dx, "x", x);
    int width = x.width();
    Checks.f32("rstd", rstd, x.rows());
    checkGradient("dWeight", dWeight, width);
    float[] w = sharedRow(WEIGHT_SLOT, "weight", weight, width, weightOffset);
    MemorySegment dOut = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment scales = rstd.segment();
    MemorySegment dIn = dx.segment();
    RowSums sums = new RowSums(context, x.rows(), width, dWeight == null ? 0 : 1);
    sums.run(
        (from, to, worker, partials, at) -> {
          Scratch scratch = context.scratch(worker);
          float[] row = scratch.floats(X_SLOT, width);
          float[] g = scratch.floats(DY_SLOT, width);
          float[] result = scratch.floats(DX_SLOT, width);
          for (long t = from; t < to; t++) {
            float scale = get(scales, t);
            Numbers.loadF32(in, t * width, row, 0, width);
            Numbers.loadF32(dOut, t * width, g, 0, width);
            if (dWeight != null) {
              NormLoops.addProduct(g, row, scale, partials, at, width);
            }
            NormLoops.multiply(g, w, width);
            float mean = NormLoops.dot(g, row, width) / width;
            // dx (+)= ρ·g − (ρ³·mean(g·x))·x
            NormLoops.combine(g, scale, row, -scale * scale * scale * mean, 0, result, width);
            if (accumulate) {
              Numbers.loadF32(dIn, t * width, row, 0, width);
              NormLoops.add(result, row, width);
            }
            Numbers.storeF32(result, 0, dIn, t * width, width);
          }
        });
    if (dWeight != null) {
      sums.finish(0, true, dWeight.segment());
    }
  }

  private static void checkGradient(String name, Tensor gradient, int width) {
    if (gradient != null) {
      Checks.f32(name, gradient, width);
    }
  }

  @Override
  public void layerNorm(
      Tensor x,
      Tensor weight,
      Tensor bias,
      float epsilon,
      float weightOffset,
      Tensor y,
      Tensor mean,
      Tensor rstd) {
    Checks.same("x", x, "y", y);
    int width = x.width();
    Checks.f32("mean", mean, x.rows());
    Checks.f32("rstd", rstd, x.rows());
    float[] w = sharedRow(WEIGHT_SLOT, "weight", weight, width, weightOffset);
    float[] b = bias == null ? null : sharedRow(BIAS_SLOT, "bias", bias, width, 0);
    MemorySegment in = x.segment();
    MemorySegment out = y.segment();
    MemorySegment means = mean.segment();
    MemorySegment scales = rstd.segment();
    context.runRanges(
        x.rows(),
        Grain.rows(width),
        (from, to, worker) -> {
          float[] row = context.scratch(worker).floats(X_SLOT, width);
          for (long t = from; t < to; t++) {
            Numbers.loadF32(in, t * width, row, 0, width);
            float mu = NormLoops.sum(row, width) / width;
            NormLoops.addTo(row, -mu, width);
            float squares = NormLoops.dot(row, row, width);
            float scale = (float) (1 / Math.sqrt((double) squares / width + epsilon));
            NormLoops.scale(row, scale, w, width);
            if (b != null) {
              NormLoops.add(row, b, width);
            }
            Numbers.storeF32(row, 0, out, t * width, width);
            set(means, t, mu);
            set(scales, t, scale);
          }
        });
  }

  @Override
  public void layerNormBackward(
      Tensor dy,
      Tensor x,
      Tensor weight,
      float weightOffset,
      Tensor mean,
      Tensor rstd,
      boolean accumulate,
      Tensor dx,
      Tensor dWeight,
      Tensor dBias) {
    Checks.same("dy", dy, "x", x);
    Checks.same("dx", dx, "x", x);
    int width = x.width();
    Checks.f32("mean", mean, x.rows());
    Checks.f32("rstd", rstd, x.rows());
    checkGradient("dWeight", dWeight, width);
    checkGradient("dBias", dBias, width);
    float[] w = sharedRow(WEIGHT_SLOT, "weight", weight, width, weightOffset);
    MemorySegment dOut = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment means = mean.segment();
    MemorySegment scales = rstd.segment();
    MemorySegment dIn = dx.segment();
    boolean sumsWanted = dWeight != null || dBias != null;
    RowSums sums = new RowSums(context, x.rows(), width, sumsWanted ? 2 : 0);
    sums.run(
        (from, to, worker, partials, at) -> {
          Scratch scratch = context.scratch(worker);
          float[] centred = scratch.floats(X_SLOT, width);
          float[] g = scratch.floats(DY_SLOT, width);
          float[] result = scratch.floats(DX_SLOT, width);
          for (long t = from; t < to; t++) {
            float scale = get(scales, t);
            Numbers.loadF32(in, t * width, centred, 0, width);
            NormLoops.addTo(centred, -get(means, t), width);
            Numbers.loadF32(dOut, t * width, g, 0, width);
            if (sumsWanted) {
              NormLoops.addProduct(g, centred, scale, partials, at, width);
              RowSums.addRow(dOut, 4 * t * width, width, partials, at + width);
            }
            NormLoops.multiply(g, w, width);
            float meanG = NormLoops.sum(g, width) / width;
            float meanGn = NormLoops.dot(g, centred, width) * scale / width;
            // dx (+)= ρ·g − (ρ²·mean(g·n))·(x − μ) − ρ·mean(g)
            NormLoops.combine(
                g, scale, centred, -scale * scale * meanGn, -scale * meanG, result, width);
            if (accumulate) {
              Numbers.loadF32(dIn, t * width, centred, 0, width);
              NormLoops.add(result, centred, width);
            }
            Numbers.storeF32(result, 0, dIn, t * width, width);
          }
        });
    if (dWeight != null) {
      sums.finish(0, true, dWeight.segment());
    }
    if (dBias != null) {
      sums.finish(1, true, dBias.segment());
    }
  }
}
