package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import dev.sifter.kernels.ptx.TileCopy;

/**
 * What {@link FlashAttentionKeyGradient} walks over: steps of queries of a head, rows of q and
 * dOut, and of each row two numbers, which are copied to shared memory.
 *
 * @param step queries of a step
 * @param q copies rows of the first head's
 * @param dOut the same of the gradient
 * @param logSumExp place for the numbers
 * @param rowSums place for the numbers
 */
record FlashQueries(
    PtxAssembler k,
    AttentionArguments.InKernel in,
    int step,
    TileCopy q,
    TileCopy dOut,
    SharedPointer logSumExp,
    SharedPointer rowSums) {

  /** Begins to copy a step from query {@code q0} on into a stage, whose tiles have that size. */
  void beginToCopy(B32 stage, int tileBytes, B32 head, B32 q0) {
    B32 length = in.tile.keyLength();
    B32 to = k.mul(stage, tileBytes);
    B32 column = k.mul(head, in.headDim());
    q.beginRows(to, q0, length, column);
    dOut.beginRows(to, q0, length, column);
    k.ifThen(
        k.lt(k.threadIndex(), step),
        () -> {
          B32 query = k.min(k.add(q0, k.threadIndex()), k.sub(length, k.constant(1)));
          B32 place = k.mad(stage, step, k.threadIndex());
          k.copyAsyncWord(
              k.at(logSumExp, place, Float.BYTES), in.statistic("logSumExp", query, head));
          k.copyAsyncWord(k.at(rowSums, place, Float.BYTES), in.statistic("rowSums", query, head));
        });
    k.commitCopies();
  }

  /** The numbers of a stage. */
  SharedPointer logSumExp(B32 stageBytes) {
    return k.offset(logSumExp, stageBytes, Float.BYTES * step);
  }

  /** The numbers of a stage. */
  SharedPointer rowSums(B32 stageBytes) {
    return k.offset(rowSums, stageBytes, Float.BYTES * step);
  }
}
