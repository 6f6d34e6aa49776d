package dev.sifter.engine.backend.gpu;

import dev.sifter.engine.backend.Segments;
import dev.sifter.engine.backend.gpu.TileLists.TileList;
import dev.sifter.kernels.library.Array;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.FlashAttention;
import dev.sifter.kernels.library.FlashAttentionKeyGradient;
import dev.sifter.kernels.library.FlashAttentionQueryGradient;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.TensorCores;
import dev.sifter.kernels.library.TiledAttention;
import dev.sifter.kernels.library.TiledAttentionKeyGradient;
import dev.sifter.kernels.library.TiledAttentionQueryGradient;
import java.util.ArrayList;
import java.util.List;

/** The gradient of an attention's output, where those of its inputs go, and what computes them. */
record AttentionGradients(
    AttentionTensor dOut, AttentionTensor dq, AttentionTensor dk, AttentionTensor dv) {

  /** The backward pass of {@code in}; {@code rowSums} is as long as {@code logSumExp}. */
  List<Launch> launches(
      AttentionOperands in, TileLists lists, Segments segments, Array logSumExp, Array rowSums) {
    boolean fitTensorCores =
        in.fitTensorCores() && FlashAttention.takes(in.shape(), dOut, dq, dk, dv);
    return fitTensorCores
        ? flash(in, lists, segments, logSumExp, rowSums)
        : tiled(in, lists, segments, logSumExp, rowSums);
  }

  private List<Launch> flash(
      AttentionOperands in, TileLists lists, Segments segments, Array logSumExp, Array rowSums) {
    TensorCores cores = in.cores();
    TileList queries = lists.ofQueries(segments, FlashAttention.BLOCK_QUERIES);
    TileList keys = lists.ofKeys(segments, FlashAttentionKeyGradient.BLOCK_KEYS);
    List<Launch> launches =
        new ArrayList<>(
            FlashAttentionQueryGradient.launches(
                cores,
                in.shape(),
                in.options(),
                queries.slice(),
                queries.count(),
                dOut,
                in.q(),
                in.k(),
                in.v(),
                in.out(),
                logSumExp,
                rowSums,
                dq));
    launches.addAll(
        FlashAttentionKeyGradient.launches(
            cores,
            in.shape(),
            in.options(),
            keys.slice(),
            keys.count(),
            dOut,
            in.q(),
            in.k(),
            in.v(),
            logSumExp,
            rowSums,
            dk,
            dv));
    return launches;
  }

  private List<Launch> tiled(
      AttentionOperands in, TileLists lists, Segments segments, Array logSumExp, Array rowSums) {
    TileList queries = lists.ofQueries(segments, TiledAttention.BLOCK_QUERIES);
    TileList keys = lists.ofKeys(segments, TiledAttentionKeyGradient.BLOCK_KEYS);
    List<Launch> launches =
        new ArrayList<>(
            TiledAttentionQueryGradient.launches(
                in.shape(),
                in.options(),
                queries.slice(),
                queries.count(),
                dOut,
                in.q(),
                in.k(),
                in.v(),
                in.out(),
                logSumExp,
                rowSums,
                dq));
    launches.addAll(
        TiledAttentionKeyGradient.launches(
            in.shape(),
            in.options(),
            keys.slice(),
            keys.count(),
            dOut,
            in.q(),
            in.k(),
            in.v(),
            logSumExp,
            rowSums,
            dk,
            dv));
    return launches;
  }
}
