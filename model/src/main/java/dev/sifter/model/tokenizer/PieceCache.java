package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * A bounded memory of how pieces were cut: natural text repeats its words.
 *
 * <p>Direct-mapped: a piece has one slot and replaces what was there. Entries are immutable with
 * final fields, so threads may share the cache without locks; a lost entry is merely cut again.
 */
final class PieceCache {
  /** Longer pieces seldom come back. */
  static final int MAX_LENGTH = 48;

  private static final int SLOTS = 1 << 15;

  private final Entry[] slots = new Entry[SLOTS];

  /**
   * How a piece was cut.
   *
   * @param piece its characters
   * @param ids its tokens
   * @param starts where in the piece each token starts, in UTF-16 units
   * @param ends where in the piece each token ends
   */
  record Entry(char[] piece, int[] ids, int[] starts, int[] ends) {}

  /** The slot of the piece {@code chars[from, to)}. */
  static int slot(char[] chars, int from, int to) {
    return StringTable.spread(StringTable.hash(chars, from, to)) & SLOTS - 1;
  }

  /** The entry in {@code slot} if it is of the piece {@code chars[from, to)}, else null. */
  Entry get(int slot, char[] chars, int from, int to) {
    Entry entry = slots[slot];
    return entry != null && Arrays.equals(entry.piece, 0, entry.piece.length, chars, from, to)
        ? entry
        : null;
  }

  /** Keeps an entry. */
  void put(int slot, Entry entry) {
    slots[slot] = entry;
  }
}
