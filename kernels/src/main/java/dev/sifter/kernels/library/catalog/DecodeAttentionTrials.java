package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.library.catalog.AttentionDocuments.cached;
import static dev.sifter.kernels.library.catalog.AttentionDocuments.label;
import static dev.sifter.kernels.library.catalog.HardShapes.HEAD_SIZES;
import static dev.sifter.kernels.library.catalog.HardShapes.TOKENS;
import static dev.sifter.kernels.library.catalog.HardShapes.each;
import static dev.sifter.kernels.library.catalog.HardShapes.join;
import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTiles;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.DecodeAttention;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** Attention of one new query a sequence over its cache. */
final class DecodeAttentionTrials {
  private static final int[] ONE = {1};

  private DecodeAttentionTrials() {}

  static KernelEntry decode() {
    return new KernelEntry(
        "decode-attention",
        "attention of one new query a sequence over its cache, split over the keys",
        join(
            List.of(
                decode(BF16, 4, 2, 64, 0, 0, cached(new int[] {1, 1}, new int[] {0, 300}, 300, 37)),
                decode(F32, 1, 1, 1, 0, 0, cached(ONE, ONE, 1)),
                decode(F32, 3, 1, 31, 0, 0, cached(ONE, new int[] {3}, 33)),
                decode(BF16, 8, 1, 128, 0, 5, cached(ONE, new int[] {0}, 40)),
                decode(F32, 2, 2, 80, 30, 0, cached(new int[] {1, 1}, new int[] {90, 0}, 90, 20)),
                decode(F32, 2, 1, 16, 300, 0, cached(ONE, new int[] {0}, 600)),
                decode(BF16, 2, 1, 256, 0, 0, cached(ONE, new int[] {0}, 20)),
                decode(
                    BF16,
                    24,
                    8,
                    16,
                    0,
                    0,
                    cached(new int[] {1, 1, 1}, new int[] {0, 3, 9}, 3, 4, 257)),
                decode(F32, 12, 3, 16, 0, 0, cached(ONE, new int[] {0}, 65))),
            each(TOKENS, keys -> decode(BF16, 3, 1, 16, 0, 0, cached(ONE, new int[] {0}, keys))),
            each(
                HEAD_SIZES,
                size -> decode(BF16, 8, 8, size, 0, 0, cached(ONE, new int[] {0}, 40)))),
        decode(BF16, 32, 8, 128, 0, 0, cached(ONE, new int[] {0}, 8192)));
  }

  private static KernelTrial decode(
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
          int[] tiles = AttentionTiles.ofQueries(documents, 1);
          int maxKeys = documents.stream().mapToInt(Document::keyLength).max().orElseThrow();
          TrialArray out = in.likeQueries(memory, type);
          TrialArray scratch =
              memory.output(F32, DecodeAttention.scratchElements(shape, documents.size(), maxKeys));
          return new Trial(
                  DecodeAttention.launches(
                      shape,
                      in.options(),
                      memory.integers(tiles),
                      documents.size(),
                      maxKeys,
                      in.ofQueries(in.q()),
                      in.ofKeys(in.k()),
                      in.ofKeys(in.v()),
                      in.ofQueries(out),
                      scratch.array()))
              .expect("out", out, i -> in.reference().out[i], AttentionFamily.FP32)
              .work(in.bytes(0, 2), in.pairs() * 4 * headDim);
        });
  }
}
