package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.AttentionDocuments.cached;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.label;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.packed;
import static dev.sifter.kernels.library.catalog.AttentionFamily.FLASH;
import static dev.sifter.kernels.library.catalog.AttentionFamily.TILED;
import static dev.sifter.kernels.library.catalog.HardShapes.HEAD_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTiles;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Attention over packed documents, and of several new tokens over a cache. */
final class AttentionTrials {
  private AttentionTrials() {}

  static List<KernelEntry> all() {
    return List.of(
        tiled(),
        tiledBackward(),
        flash(),
        flashBackward(),
        WgmmaAttentionTrials.forward(),
        WgmmaAttentionTrials.backward());
  }

  private static KernelEntry flash() {
    return new KernelEntry(
        "flash-attention",
        "softmax(q·kᵀ·scale)·v, causal, in bfloat16 on tensor cores",
        join(
            List.of(
                forward(FLASH, BF16, 2, 1, 64, 0, 0, packed(80)),
                forward(FLASH, BF16, 1, 1, 16, 0, 0, packed(1)),
                forward(FLASH, BF16, 1, 1, 16, 0, 0, packed(4095)),
                forward(FLASH, BF16, 3, 1, 16, 0, 0, packed(129)),
                forward(FLASH, BF16, 4, 2, 16, 0, 0, packed(0, 5, 0, 1, 63, 65, 64, 0)),
                forward(FLASH, BF16, 2, 1, 80, 0, 0, packed(33)),
                forward(FLASH, BF16, 2, 1, 16, 4, 0, packed(33, 3, 140)),
                forward(FLASH, BF16, 2, 1, 16, 70, 0, packed(150)),
                forward(FLASH, BF16, 2, 1, 32, 0, 5, packed(70)),
                forward(FLASH, BF16, 1, 1, 96, 6, 2, packed(20, 13)),
                forward(FLASH, BF16, 1, 1, 128, 0, 0, packed(66)),
                forward(FLASH, BF16, 2, 1, 176, 0, 3, packed(40)),
                forward(FLASH, BF16, 1, 1, 256, 0, 0, packed(40)),
                forward(
                    FLASH,
                    BF16,
                    4,
                    2,
                    32,
                    0,
                    0,
                    cached(new int[] {1, 3}, new int[] {0, 70}, 70, 37)),
                forward(
                    FLASH,
                    BF16,
                    2,
                    1,
                    32,
                    5,
                    0,
                    cached(new int[] {17, 1}, new int[] {40, 0}, 20, 40))),
            hard(
                (heads, kvHeads, headDim, window, documents) ->
                    forward(FLASH, BF16, heads, kvHeads, headDim, window, 0, documents))),
        forward(FLASH, BF16, 32, 8, 128, 0, 0, packed(2048)));
  }

  private static KernelEntry flashBackward() {
    return new KernelEntry(
        "flash-attention-backward",
        "dq, dk, dv of attention, in bfloat16 on tensor cores",
        join(
            List.of(
                backward(FLASH, 2, 1, 64, 0, 0, packed(80)),
                backward(FLASH, 1, 1, 16, 0, 0, packed(2)),
                backward(FLASH, 1, 1, 16, 0, 0, packed(1023)),
                backward(FLASH, 3, 1, 16, 0, 0, packed(129)),
                backward(FLASH, 4, 2, 16, 0, 0, packed(0, 5, 0, 1, 63, 65, 64, 0)),
                backward(FLASH, 2, 1, 80, 0, 0, packed(33)),
                backward(FLASH, 2, 1, 16, 4, 0, packed(33, 3, 140)),
                backward(FLASH, 2, 1, 16, 70, 0, packed(150)),
                backward(FLASH, 2, 1, 32, 0, 5, packed(70)),
                backward(FLASH, 1, 1, 96, 6, 2, packed(20, 13)),
                backward(FLASH, 1, 1, 128, 0, 0, packed(66)),
                backward(FLASH, 1, 1, 144, 0, 0, packed(40)),
                backward(FLASH, 2, 1, 240, 9, 3, packed(21, 12)),
                backward(FLASH, 1, 1, 256, 0, 0, packed(40))),
            hard(
                (heads, kvHeads, headDim, window, documents) ->
                    backward(FLASH, heads, kvHeads, headDim, window, 0, documents))),
        backward(FLASH, 32, 8, 128, 0, 0, packed(2048)));
  }

  private static KernelEntry tiled() {
    return new KernelEntry(
        "attention-tiled",
        "softmax(q·kᵀ·scale)·v, causal, in fp32",
        join(
            List.of(
                forward(TILED, F32, 2, 1, 16, 0, 0, packed(40)),
                forward(TILED, F32, 1, 1, 1, 0, 0, packed(1)),
                forward(TILED, F32, 3, 1, 64, 0, 0, packed(65)),
                forward(TILED, F32, 2, 1, 31, 0, 0, packed(33)),
                forward(TILED, F32, 4, 2, 16, 0, 0, packed(0, 5, 0, 1, 31, 32, 0)),
                forward(TILED, F32, 2, 1, 8, 4, 0, packed(33, 3, 12)),
                forward(TILED, F32, 2, 1, 8, 1, 0, packed(9)),
                forward(TILED, F32, 2, 1, 8, 99, 0, packed(70)),
                forward(TILED, F32, 2, 1, 16, 0, 5, packed(33)),
                forward(TILED, F32, 2, 2, 80, 6, 2, packed(20, 13)),
                forward(TILED, BF16, 2, 1, 128, 0, 0, packed(34)),
                forward(
                    TILED,
                    F32,
                    4,
                    2,
                    32,
                    0,
                    0,
                    cached(new int[] {1, 3}, new int[] {0, 70}, 70, 37)),
                forward(
                    TILED,
                    F32,
                    2,
                    1,
                    32,
                    5,
                    0,
                    cached(new int[] {17, 1}, new int[] {40, 0}, 20, 40))),
            hard(
                (heads, kvHeads, headDim, window, documents) ->
                    forward(TILED, F32, heads, kvHeads, headDim, window, 0, documents))),
        forward(TILED, F32, 9, 3, 64, 0, 0, packed(1024)));
  }

  private static KernelEntry tiledBackward() {
    return new KernelEntry(
        "attention-tiled-backward",
        "dq, dk, dv of attention, in fp32",
        join(
            List.of(
                backward(TILED, 2, 1, 16, 0, 0, packed(40)),
                backward(TILED, 1, 1, 1, 0, 0, packed(2)),
                backward(TILED, 3, 1, 64, 0, 0, packed(65)),
                backward(TILED, 2, 1, 31, 0, 0, packed(33)),
                backward(TILED, 4, 2, 16, 0, 0, packed(0, 5, 0, 1, 31, 32, 0)),
                backward(TILED, 2, 1, 8, 4, 0, packed(33, 3, 12)),
                backward(TILED, 2, 1, 16, 0, 5, packed(33)),
                backward(TILED, 2, 2, 80, 6, 2, packed(20, 13)),
                backward(TILED, 1, 1, 128, 0, 0, packed(34)),
                backward(TILED, 2, 1, 200, 9, 3, packed(21, 12)),
                backward(TILED, 1, 1, 256, 0, 0, packed(33))),
            hard(
                (heads, kvHeads, headDim, window, documents) ->
                    backward(TILED, heads, kvHeads, headDim, window, 0, documents))),
        backward(TILED, 9, 3, 64, 0, 0, packed(1024)));
  }

  /** A trial over documents, without a soft cap. */
  interface Plain {
    KernelTrial of(int heads, int kvHeads, int headDim, int window, List<Document> documents);
  }

  private static List<KernelTrial> hard(Plain trial) {
    return join(
        List.of(
            trial.of(8, 8, 16, 0, packed(33, 7)),
            trial.of(24, 8, 16, 0, packed(20, 13)),
            trial.of(12, 3, 16, 0, packed(31, 33, 32)),
            trial.of(8, 1, 16, 0, packed(65)),
            trial.of(2, 1, 16, 0, AttentionDocuments.thousand())),
        each(HEAD_SIZES, size -> trial.of(3, 1, size, 0, packed(40))),
        // Of thousands of tokens each sees the last hundred, so that the emulator is done in time.
        each(TOKENS, n -> trial.of(1, 1, 16, n > 1000 ? 100 : 0, packed(n, 3))));
  }

  /** A trial of a forward pass. */
  static KernelTrial forward(
      AttentionFamily family,
      ElementType type,
      int heads,
      int kvHeads,
      int headDim,
      int window,
      float softcap,
      List<Document> documents) {
    AttentionShape shape =
        new AttentionShape(heads, kvHeads, headDim, window > 0, softcap > 0, type, type);
    return new KernelTrial(
        label(shape, window, softcap, documents),
        memory -> {
          AttentionInputs in = AttentionInputs.of(memory, shape, window, softcap, documents, false);
          int[] tiles = AttentionTiles.ofQueries(documents, family.blockQueries());
          TrialArray out = in.likeQueries(memory, type);
          TrialArray lse = memory.output(F32, in.heads());
          return new Trial(
                  family
                      .attention()
                      .of(
                          shape,
                          in.options(),
                          memory.integers(tiles),
                          tiles.length / AttentionTiles.FIELDS,
                          in.ofQueries(in.q()),
                          in.ofKeys(in.k()),
                          in.ofKeys(in.v()),
                          in.ofQueries(out),
                          lse.array()))
              .expect("out", out, i -> in.reference().out[i], family.forward())
              .expect("logSumExp", lse, i -> in.reference().logSumExp[i], AttentionFamily.FP32)
              .work(in.bytes(2, 2), in.pairs() * 4 * headDim);
        });
  }

  /** A trial of both kernels of a backward pass. */
  static KernelTrial backward(
      AttentionFamily family,
      int heads,
      int kvHeads,
      int headDim,
      int window,
      float softcap,
      List<Document> documents) {
    ElementType type = family.gradientType();
    AttentionShape shape =
        new AttentionShape(heads, kvHeads, headDim, window > 0, softcap > 0, type, type);
    return new KernelTrial(
        label(shape, window, softcap, documents),
        memory -> {
          AttentionInputs in = AttentionInputs.of(memory, shape, window, softcap, documents, true);
          int elements = in.heads() * headDim;
          TrialArray out = memory.derived(type, elements, i -> in.reference().out[i]);
          TrialArray lse = memory.derived(F32, in.heads(), i -> in.reference().logSumExp[i]);
          TrialArray sums = memory.output(F32, in.heads());
          TrialArray dq = in.likeQueries(memory, type);
          TrialArray dk = in.likeKeys(memory, type);
          TrialArray dv = in.likeKeys(memory, type);
          int[] queries = AttentionTiles.ofQueries(documents, family.blockQueries());
          int[] keys = AttentionTiles.ofKeys(documents, family.blockKeys());
          DeviceSlice queryTiles = memory.integers(queries);
          DeviceSlice keyTiles = memory.integers(keys);
          List<Launch> launches = new ArrayList<>();
          launches.addAll(
              family
                  .queryGradient()
                  .of(
                      shape,
                      in.options(),
                      queryTiles,
                      queries.length / AttentionTiles.FIELDS,
                      in.ofQueries(in.dOut()),
                      in.ofQueries(in.q()),
                      in.ofKeys(in.k()),
                      in.ofKeys(in.v()),
                      in.ofQueries(out),
                      lse.array(),
                      sums.array(),
                      in.ofQueries(dq)));
          launches.addAll(
              family
                  .keyGradient()
                  .of(
                      shape,
                      in.options(),
                      keyTiles,
                      keys.length / AttentionTiles.FIELDS,
                      in.ofQueries(in.dOut()),
                      in.ofQueries(in.q()),
                      in.ofKeys(in.k()),
                      in.ofKeys(in.v()),
                      lse.array(),
                      sums.array(),
                      in.ofKeys(dk),
                      in.ofKeys(dv)));
          return new Trial(launches)
              .expect("dq", dq, i -> in.reference().dq[i], family.backward())
              .expect("dk", dk, i -> in.reference().dk[i], family.backward())
              .expect("dv", dv, i -> in.reference().dv[i], family.backward())
              .work(in.bytes(4, 4), in.pairs() * 14 * headDim);
        });
  }
}
