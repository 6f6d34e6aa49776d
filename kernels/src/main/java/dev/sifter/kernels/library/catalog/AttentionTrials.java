package dev.sifter.kernels.library.catalog;

import static dev.sifter.kernels.ptx.ElementType.BF16;
import static dev.sifter.kernels.ptx.ElementType.F32;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.AttentionTiles;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.library.Launch;
import dev.sifter.kernels.library.TiledAttention;
import dev.sifter.kernels.library.TiledAttentionKeyGradient;
import dev.sifter.kernels.library.TiledAttentionQueryGradient;
import dev.sifter.kernels.ptx.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Attention over packed documents and over caches. */
final class AttentionTrials {
  private static final Tolerance FP32 =
      new Tolerance(
          0,
          1e-5,
          "a score of up to 128 products is off by 3e-6, a probability by as much of itself");

  private AttentionTrials() {}

  static List<KernelEntry> all() {
    return List.of(tiled(), tiledBackward());
  }

  private static KernelEntry tiled() {
    return new KernelEntry(
        "attention-tiled",
        "softmax(q·kᵀ·scale)·v, causal, in fp32",
        List.of(
            tiled(F32, 2, 1, 16, 0, 0, packed(40)),
            tiled(F32, 1, 1, 1, 0, 0, packed(1)),
            tiled(F32, 3, 1, 64, 0, 0, packed(65)),
            tiled(F32, 2, 1, 31, 0, 0, packed(33)),
            tiled(F32, 4, 2, 16, 0, 0, packed(0, 5, 0, 1, 31, 32, 0)),
            tiled(F32, 2, 1, 8, 4, 0, packed(33, 3, 12)),
            tiled(F32, 2, 1, 8, 1, 0, packed(9)),
            tiled(F32, 2, 1, 8, 99, 0, packed(70)),
            tiled(F32, 2, 1, 16, 0, 5, packed(33)),
            tiled(F32, 2, 2, 80, 6, 2, packed(20, 13)),
            tiled(BF16, 2, 1, 128, 0, 0, packed(34)),
            tiled(F32, 4, 2, 32, 0, 0, cached(new int[] {1, 3}, new int[] {0, 70}, 70, 37)),
            tiled(F32, 2, 1, 32, 5, 0, cached(new int[] {17, 1}, new int[] {40, 0}, 20, 40))),
        tiled(F32, 9, 3, 64, 0, 0, packed(1024)));
  }

  private static KernelEntry tiledBackward() {
    return new KernelEntry(
        "attention-tiled-backward",
        "dq, dk, dv of attention, in fp32",
        List.of(
            tiledBackward(2, 1, 16, 0, 0, packed(40)),
            tiledBackward(1, 1, 1, 0, 0, packed(2)),
            tiledBackward(3, 1, 64, 0, 0, packed(65)),
            tiledBackward(2, 1, 31, 0, 0, packed(33)),
            tiledBackward(4, 2, 16, 0, 0, packed(0, 5, 0, 1, 31, 32, 0)),
            tiledBackward(2, 1, 8, 4, 0, packed(33, 3, 12)),
            tiledBackward(2, 1, 16, 0, 5, packed(33)),
            tiledBackward(2, 2, 80, 6, 2, packed(20, 13)),
            tiledBackward(1, 1, 128, 0, 0, packed(34))),
        tiledBackward(9, 3, 64, 0, 0, packed(1024)));
  }

  private static List<Document> packed(int... lengths) {
    List<Document> documents = new ArrayList<>();
    int start = 0;
    for (int length : lengths) {
      documents.add(new Document(start, length, start, length));
      start += length;
    }
    return documents;
  }

  private static List<Document> cached(int[] queries, int[] keyStarts, int... keyLengths) {
    List<Document> documents = new ArrayList<>();
    int start = 0;
    for (int d = 0; d < queries.length; d++) {
      documents.add(new Document(start, queries[d], keyStarts[d], keyLengths[d]));
      start += queries[d];
    }
    return documents;
  }

  /** An attention's inputs. */
  private record Inputs(
      AttentionShape shape,
      AttentionOptions options,
      List<Document> documents,
      int queryRows,
      int keyRows,
      TrialArray q,
      TrialArray k,
      TrialArray v,
      TrialArray dOut,
      ReferenceAttention reference) {

    static Inputs of(
        TrialMemory memory,
        AttentionShape shape,
        int window,
        float softcap,
        List<Document> documents,
        boolean backward) {
      int queryRows = 0;
      int keyRows = 0;
      for (Document document : documents) {
        queryRows = Math.max(queryRows, document.queryStart() + document.queryLength());
        keyRows = Math.max(keyRows, document.keyStart() + document.keyLength());
      }
      long queryElements = (long) queryRows * shape.heads() * shape.headDim();
      long keyElements = (long) keyRows * shape.kvHeads() * shape.headDim();
      AttentionOptions options =
          new AttentionOptions((float) (1 / Math.sqrt(shape.headDim())), window, softcap);
      TrialArray q = memory.normal(shape.type(), queryElements, softcap > 0 ? 3 : 1);
      TrialArray k = memory.normal(shape.type(), keyElements);
      TrialArray v = memory.normal(shape.type(), keyElements);
      TrialArray dOut = backward ? memory.normal(shape.outType(), queryElements) : null;
      return new Inputs(
          shape,
          options,
          documents,
          queryRows,
          keyRows,
          q,
          k,
          v,
          dOut,
          new ReferenceAttention(shape, options, documents, q, k, v, dOut));
    }

    AttentionTensor ofQueries(TrialArray array) {
      return new AttentionTensor(array.array(), shape.heads() * shape.headDim());
    }

    AttentionTensor ofKeys(TrialArray array) {
      return new AttentionTensor(array.array(), shape.kvHeads() * shape.headDim());
    }

    TrialArray likeQueries(TrialMemory memory, ElementType type) {
      return memory.output(type, q.values().length);
    }

    TrialArray likeKeys(TrialMemory memory, ElementType type) {
      return memory.output(type, k.values().length);
    }

    /** Pairs of a query and a key that it sees, over all query heads. */
    double pairs() {
      double pairs = 0;
      for (Document document : documents) {
        for (int j = 0; j < document.queryLength(); j++) {
          int visible = document.keyLength() - document.queryLength() + j + 1;
          int window = options.slidingWindow();
          pairs += window == 0 ? visible : Math.min(window, visible);
        }
      }
      return pairs * shape.heads();
    }

    long bytes(int ofQueries, int ofKeys) {
      return ((long) ofQueries * q.values().length + (long) ofKeys * k.values().length)
          * shape.type().bytes();
    }
  }

  private static String label(
      AttentionShape shape, int window, float softcap, List<Document> documents) {
    return "%d heads of %d sharing %d, %s, window %d, softcap %s, documents of %s"
        .formatted(
            shape.heads(),
            shape.headDim(),
            shape.kvHeads(),
            shape.type(),
            window,
            softcap,
            documents.stream().map(d -> d.queryLength() + "/" + d.keyLength()).toList());
  }

  private static KernelTrial tiled(
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
          Inputs in = Inputs.of(memory, shape, window, softcap, documents, false);
          int[] tiles = AttentionTiles.ofQueries(documents, TiledAttention.BLOCK_QUERIES);
          TrialArray out = in.likeQueries(memory, type);
          TrialArray lse = memory.output(F32, in.reference.logSumExp.length);
          return new Trial(
                  TiledAttention.launches(
                      shape,
                      in.options,
                      memory.integers(tiles),
                      tiles.length / AttentionTiles.FIELDS,
                      in.ofQueries(in.q),
                      in.ofKeys(in.k),
                      in.ofKeys(in.v),
                      in.ofQueries(out),
                      lse.array()))
              .expect("out", out, i -> in.reference.out[i], FP32)
              .expect("logSumExp", lse, i -> in.reference.logSumExp[i], FP32)
              .work(in.bytes(2, 2), in.pairs() * 4 * headDim);
        });
  }

  private static KernelTrial tiledBackward(
      int heads, int kvHeads, int headDim, int window, float softcap, List<Document> documents) {
    AttentionShape shape =
        new AttentionShape(heads, kvHeads, headDim, window > 0, softcap > 0, F32, F32);
    return new KernelTrial(
        label(shape, window, softcap, documents),
        memory -> {
          Inputs in = Inputs.of(memory, shape, window, softcap, documents, true);
          ReferenceAttention reference = in.reference;
          TrialArray out = memory.of(F32, reference.out.length, i -> reference.out[i]);
          TrialArray lse = memory.of(F32, reference.logSumExp.length, i -> reference.logSumExp[i]);
          TrialArray sums = memory.output(F32, reference.logSumExp.length);
          TrialArray dq = in.likeQueries(memory, F32);
          TrialArray dk = in.likeKeys(memory, F32);
          TrialArray dv = in.likeKeys(memory, F32);
          int[] queries = AttentionTiles.ofQueries(documents, TiledAttention.BLOCK_QUERIES);
          int[] keys = AttentionTiles.ofKeys(documents, TiledAttentionKeyGradient.BLOCK_KEYS);
          DeviceSlice queryTiles = memory.integers(queries);
          DeviceSlice keyTiles = memory.integers(keys);
          List<Launch> launches = new ArrayList<>();
          launches.addAll(
              TiledAttentionQueryGradient.launches(
                  shape,
                  in.options,
                  queryTiles,
                  queries.length / AttentionTiles.FIELDS,
                  in.ofQueries(in.dOut),
                  in.ofQueries(in.q),
                  in.ofKeys(in.k),
                  in.ofKeys(in.v),
                  in.ofQueries(out),
                  lse.array(),
                  sums.array(),
                  in.ofQueries(dq)));
          launches.addAll(
              TiledAttentionKeyGradient.launches(
                  shape,
                  in.options,
                  keyTiles,
                  keys.length / AttentionTiles.FIELDS,
                  in.ofQueries(in.dOut),
                  in.ofQueries(in.q),
                  in.ofKeys(in.k),
                  in.ofKeys(in.v),
                  lse.array(),
                  sums.array(),
                  in.ofKeys(dk),
                  in.ofKeys(dv)));
          return new Trial(launches)
              .expect("dq", dq, i -> reference.dq[i], FP32)
              .expect("dk", dk, i -> reference.dk[i], FP32)
              .expect("dv", dv, i -> reference.dv[i], FP32)
              .work(in.bytes(4, 4), in.pairs() * 14 * headDim);
        });
  }
}
