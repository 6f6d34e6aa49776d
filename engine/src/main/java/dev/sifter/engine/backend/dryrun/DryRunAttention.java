package dev.sifter.engine.backend.dryrun;

import dev.sifter.engine.backend.AttentionDropout;
import dev.sifter.engine.backend.AttentionKernels;
import dev.sifter.engine.backend.AttentionSpec;
import dev.sifter.engine.backend.KernelWork;
import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.tensor.Tensor;

/** Counts rotations and attention. */
record DryRunAttention(WorkLog log) implements AttentionKernels {
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
    log.add(KernelWork.pointwise(3, x, y, positions));
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
    log.add(KernelWork.attention(spec, segments, q, k, v, out, logSumExp));
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
    log.add(
        KernelWork.attentionBackward(spec, segments, dOut, q, k, v, out, logSumExp, dq, dk, dv));
  }
}
