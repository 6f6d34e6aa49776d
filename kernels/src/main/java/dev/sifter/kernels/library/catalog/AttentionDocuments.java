package dev.sifter.kernels.library.catalog;

import dev.sifter.kernels.library.AttentionShape;
import dev.sifter.kernels.library.AttentionTiles.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The documents and sequences that attention is tried on. */
final class AttentionDocuments {
  private AttentionDocuments() {}

  /** Documents of these lengths in a row, whose keys are their queries. */
  static List<Document> packed(int... lengths) {
    List<Document> documents = new ArrayList<>();
    int start = 0;
    for (int length : lengths) {
      documents.add(new Document(start, length, start, length));
      start += length;
    }
    return documents;
  }

  /** A thousand documents of up to six tokens. */
  static List<Document> thousand() {
    return packed(IntStream.range(0, 1000).map(d -> d * 5 % 7).toArray());
  }

  /** Sequences with these many new queries, over keys in a cache. */
  static List<Document> cached(int[] queries, int[] keyStarts, int... keyLengths) {
    List<Document> documents = new ArrayList<>();
    int start = 0;
    for (int d = 0; d < queries.length; d++) {
      documents.add(new Document(start, queries[d], keyStarts[d], keyLengths[d]));
      start += queries[d];
    }
    return documents;
  }

  /** What sets a trial apart. */
  static String label(AttentionShape shape, int window, float softcap, List<Document> documents) {
    return "%d heads of %d sharing %d, %s, window %d, softcap %s, documents of %s"
        .formatted(
            shape.heads(),
            shape.headDim(),
            shape.kvHeads(),
            shape.type(),
            window,
            softcap,
            lengths(documents));
  }

  /** Queries and keys of each, or how many they are. */
  static String lengths(List<Document> documents) {
    return documents.size() > 10
        ? documents.size() + " lengths"
        : documents.stream().map(d -> d.queryLength() + "/" + d.keyLength()).toList().toString();
  }
}
