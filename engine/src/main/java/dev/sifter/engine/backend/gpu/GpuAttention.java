package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.AttentionChecks;
import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.gpu.TileLists.TileList;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.DecodeAttention;
import dev.sifter.kernels.library.FlashAttention;
import dev.sifter.kernels.library.Rope;
import dev.sifter.kernels.library.TensorCores;
import dev.sifter.kernels.library.TiledAttention;

/** Rotary positions and attention. */
final class GpuAttention implements AttentionKernels {
  private final GpuContext context;
  private final TileLists lists;

  GpuAttention(GpuContext context) {
    this.context = context;
    lists = new TileLists(context);
  }

  @Override
  public void rope(
      Tensor x,
      int headDim,
      boolean interleaved,
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
            context.rows(x),
            x.rowStride(),
            x.width() / headDim,
            headDim,
            2 * cos.width(),
            interleaved,
            context.array(cos),
            context.array(sin),
            numbers,
            inverse,
            accumulate,
            context.rows(y),
            y.rowStride(),
            x.rows()));
  }

  @Override
  public void attention(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp) {
    requireNone(dropout);
    checkInputs(spec, segments, q, k, v);
    Checks.floats("out", out, q.elements());
    if (logSumExp != null) {
      AttentionChecks.logSumExp(spec, segments, logSumExp);
    }
    AttentionOperands operands = operands(spec, q, k, v, out);
    Array sums = context.arrayOrNull(logSumExp);
    if (logSumExp == null && isDecoding(segments) && DecodeAttention.takes(operands.shape())) {
      decode(operands, segments, spec.slidingWindow());
    } else if (operands.fitTensorCores()) {
      TileList tiles = lists.ofQueries(segments, FlashAttention.BLOCK_QUERIES);
      context.run(
          FlashAttention.launches(
              operands.cores(),
              operands.shape(),
              operands.options(),
              tiles.slice(),
              tiles.count(),
              operands.q(),
              operands.k(),
              operands.v(),
              operands.out(),
              sums));
    } else {
      TileList tiles = lists.ofQueries(segments, TiledAttention.BLOCK_QUERIES);
      context.run(
          TiledAttention.launches(
              operands.shape(),
              operands.options(),
              tiles.slice(),
              tiles.count(),
              operands.q(),
              operands.k(),
              operands.v(),
              operands.out(),
              sums));
    }
  }

  @Override
  public boolean canDrop() {
    return false;
  }

  private static void requireNone(AttentionDropout dropout) {
    if (dropout != null) {
      throw new UnsupportedOperationException("no kernel drops attention's probabilities");
    }
  }

  /** Whether every sequence has one new token. */
  private static boolean isDecoding(Segments segments) {
    for (int d = 0; d < segments.count(); d++) {
      if (segments.queryLength(d) != 1) {
        return false;
      }
    }
    return true;
  }

  private void decode(AttentionOperands operands, Segments segments, int window) {
    TileList tiles = lists.ofQueries(segments, 1);
    int most = 0;
    for (int d = 0; d < segments.count(); d++) {
      most = Math.max(most, segments.keyLength(d));
    }
    int longest = window > 0 ? Math.min(most, window) : most;
    context.run(
        DecodeAttention.scratchElements(operands.shape(), tiles.count(), longest),
        scratch ->
            DecodeAttention.launches(
                operands.shape(),
                operands.options(),
                tiles.slice(),
                tiles.count(),
                longest,
                operands.q(),
                operands.k(),
                operands.v(),
                operands.out(),
                scratch));
  }

  @Override
  public void attentionBackward(
      AttentionSpec spec,
      Segments segments,
      AttentionDropout dropout,
      Tensor dOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    requireNone(dropout);
    checkInputs(spec, segments, q, k, v);
    AttentionChecks.gradient(spec, segments, k);
    AttentionChecks.logSumExp(spec, segments, logSumExp);
    Checks.floats("dOut", dOut, q.elements());
    Checks.floats("out", out, q.elements());
    Checks.floats("dq", dq, q.elements());
    Checks.floats("dk", dk, k.elements());
    Checks.floats("dv", dv, v.elements());
    AttentionOperands operands = operands(spec, q, k, v, out);
    AttentionGradients gradients = new AttentionGradients(rows(dOut), rows(dq), rows(dk), rows(dv));
    context.run(
        logSumExp.elements(),
        rowSums ->
            gradients.launches(operands, lists, segments, context.array(logSumExp), rowSums));
  }

  private static void checkInputs(
      AttentionSpec spec, Segments segments, Tensor q, Tensor k, Tensor v) {
    Checks.floats("q", q);
    Checks.floats("k", k);
    Checks.floats("v", v);
    AttentionChecks.inputs(spec, segments, q, k, v);
  }

  private AttentionOperands operands(AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor out) {
    AttentionShape shape =
        new AttentionShape(
            spec.heads(),
            spec.kvHeads(),
            spec.headDim(),
            spec.slidingWindow() > 0,
            spec.softcap() > 0,
            context.rows(q).type(),
            context.rows(out).type());
    AttentionOptions options =
        new AttentionOptions(spec.scale(), spec.slidingWindow(), spec.softcap());
    TensorCores cores = TensorCores.of(context.device(), shape);
    return new AttentionOperands(shape, options, cores, rows(q), rows(k), rows(v), rows(out));
  }

  private AttentionTensor rows(Tensor heads) {
    return new AttentionTensor(context.rows(heads), heads.rowStride());
  }
}
