package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.Segments;

/**
 * How the backward pass cuts the keys of each document: into as many chunks as give enough tasks
 * for a few cores, by shape alone. Each chunk needs a partial dq of its own, so they are few.
 *
 * @param perDocument chunks of each document; later ones of short documents are empty
 */
record AttentionChunks(int perDocument) {
  private static final int TASKS_WANTED = 12;

  static AttentionChunks of(Segments segments, int kvHeads) {
    int longest = 1;
    for (int d = 0; d < segments.count(); d++) {
      longest = Math.max(longest, segments.keyLength(d));
    }
    int pairs = Math.max(1, segments.count() * kvHeads);
    int tiles = Math.ceilDiv(longest, AttentionLoops.KEY_TILE);
    return new AttentionChunks(Math.min(tiles, Math.ceilDiv(TASKS_WANTED, pairs)));
  }

  /** First key of a chunk, in a document of {@code length} keys: a whole number of tiles. */
  int start(int chunk, int length) {
    int tiles = Math.ceilDiv(length, AttentionLoops.KEY_TILE);
    return Math.min(length, tiles * chunk / perDocument * AttentionLoops.KEY_TILE);
  }
}
