package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AttentionChecks;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.Rope;
import dev.sifter.kernels.library.TiledAttention;
import dev.sifter.kernels.library.TiledAttentionKeyGradient;
import dev.sifter.kernels.library.TiledAttentionQueryGradient;
import java.util.ArrayList;
import java.util.List;

/** Rotary positions and attention. */
final class GpuAttention implements AttentionKernels, AutoCloseable {
  private final GpuContext context;
  private final TileLists tiles;

  GpuAttention(GpuContext context, GpuMemory memory) {
    this.context = context;
    tiles = new TileLists(context, memory);
  }

  @Override
  public void rope(
      Tensor x,
      int headDim,
      Tensor cos,
      Tensor sin,
      Tensor positions,
      boolean inverse,
      boolean accumulate,
      Tensor y) {
    Checks.floats("x", x);
    Checks.floats("y", y, x.elements());
    Checks.floats("cos", cos);
    Checks.floats("sin", sin, cos.elements());
    AttentionChecks.rope(x, headDim, cos.width(), positions);
    DeviceSlice numbers = context.indices("positions", positions, x.rows(), cos.rows());
    context.run(
        Rope.launches(
            context.array(x),
            x.width(),
            x.width() / headDim,
            headDim,
            2 * cos.width(),
            context.array(cos),
            context.array(sin),
            numbers,
            inverse,
            accumulate,
            context.array(y),
            x.width(),
            x.rows()));
  }

  @Override
  public void attention(
      AttentionSpec spec,
      Segments segments,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp) {
    checkInputs(spec, segments, q, k, v);
    Checks.floats("out", out, q.elements());
    if (logSumExp != null) {
      AttentionChecks.logSumExp(spec, segments, logSumExp);
    }
    AttentionShape shape = shape(spec, context.array(q), context.array(out));
    TileLists.TileList list = tiles.ofQueries(segments, TiledAttention.BLOCK_QUERIES);
    context.run(
        TiledAttention.launches(
            shape,
            options(spec),
            list.slice(),
            list.count(),
            rows(q),
            rows(k),
            rows(v),
            rows(out),
            context.arrayOrNull(logSumExp)));
  }

  @Override
  public void attentionBackward(
      AttentionSpec spec,
      Segments segments,
      Tensor dOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    checkInputs(spec, segments, q, k, v);
    AttentionChecks.gradient(spec, segments, k);
    AttentionChecks.logSumExp(spec, segments, logSumExp);
    Checks.floats("dOut", dOut, q.elements());
    Checks.floats("out", out, q.elements());
    Checks.floats("dq", dq, q.elements());
    Checks.floats("dk", dk, k.elements());
    Checks.floats("dv", dv, v.elements());
    AttentionShape shape = shape(spec, context.array(q), context.array(out));
    TileLists.TileList queries = tiles.ofQueries(segments, TiledAttention.BLOCK_QUERIES);
    TileLists.TileList keys = tiles.ofKeys(segments, TiledAttentionKeyGradient.BLOCK_KEYS);
    Array sums = context.array(logSumExp);
    context.run(
        logSumExp.elements(),
        rowSums -> {
          List<Launch> launches = new ArrayList<>();
          launches.addAll(
              TiledAttentionQueryGradient.launches(
                  shape,
                  options(spec),
                  queries.slice(),
                  queries.count(),
                  rows(dOut),
                  rows(q),
                  rows(k),
                  rows(v),
                  rows(out),
                  sums,
                  rowSums,
                  rows(dq)));
          launches.addAll(
              TiledAttentionKeyGradient.launches(
                  shape,
                  options(spec),
                  keys.slice(),
                  keys.count(),
                  rows(dOut),
                  rows(q),
                  rows(k),
                  rows(v),
                  sums,
                  rowSums,
                  rows(dk),
                  rows(dv)));
          return launches;
        });
  }

  private static void checkInputs(
      AttentionSpec spec, Segments segments, Tensor q, Tensor k, Tensor v) {
    Checks.floats("q", q);
    Checks.floats("k", k);
    Checks.floats("v", v);
    AttentionChecks.inputs(spec, segments, q, k, v);
  }

  private static AttentionShape shape(AttentionSpec spec, Array q, Array out) {
    return new AttentionShape(
        spec.heads(),
        spec.kvHeads(),
        spec.headDim(),
        spec.slidingWindow() > 0,
        spec.softcap() > 0,
        q.type(),
        out.type());
  }

  private static AttentionOptions options(AttentionSpec spec) {
    return new AttentionOptions(spec.scale(), spec.slidingWindow(), spec.softcap());
  }

  private AttentionTensor rows(Tensor heads) {
    return new AttentionTensor(context.array(heads), heads.width());
  }

  @Override
  public void close() {
    tiles.close();
  }
}
