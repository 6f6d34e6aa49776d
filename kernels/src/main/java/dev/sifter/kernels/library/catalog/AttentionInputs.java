package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.AttentionOptions;
import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTensor;
import dev.sifter.kernels.library.AttentionTiles.Document;
import dev.sifter.kernels.ptx.ElementType;
import java.util.List;

/** An attention's inputs, all rows dense, and what must come of them. */
record AttentionInputs(
    AttentionShape shape,
    AttentionOptions options,
    List<Document> documents,
    int queryRows,
    int keyRows,
    TrialArray q,
    TrialArray k,
    TrialArray v,
    TrialArray dOut,
    Lazy<ReferenceAttention> lazyReference) {

  static AttentionInputs of(
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
    return new AttentionInputs(
        shape,
        options,
        documents,
        queryRows,
        keyRows,
        q,
        k,
        v,
        dOut,
        Lazy.of(() -> new ReferenceAttention(shape, options, documents, q, k, v, dOut)));
  }

  ReferenceAttention reference() {
    return lazyReference.get();
  }

  /** Numbers of all rows of all query heads. */
  int heads() {
    return queryRows * shape.heads();
  }

  AttentionTensor ofQueries(TrialArray array) {
    return new AttentionTensor(array.array(), shape.heads() * shape.headDim());
  }

  AttentionTensor ofKeys(TrialArray array) {
    return new AttentionTensor(array.array(), shape.kvHeads() * shape.headDim());
  }

  TrialArray likeQueries(TrialMemory memory, ElementType type) {
    return memory.output(type, q.array().elements());
  }

  TrialArray likeKeys(TrialMemory memory, ElementType type) {
    return memory.output(type, k.array().elements());
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
    return (ofQueries * q.array().elements() + ofKeys * k.array().elements())
        * shape.type().bytes();
  }
}
