package dev.sifter.kernels.gpu.emulator;

import java.util.Arrays;

/**
 * Who read, or wrote, the bytes of each sector of a page last, among the warps of a block.
 *
 * <p>One note a sector is enough as long as whoever uses it knows that those before are done and
 * uses all that they used. Otherwise there is one for each of its words of 32 bits; and where that
 * does not tell warps apart either, nothing is reported, rather than something wrong.
 */
final class SectorUsers {
  /** Several warps used a sector, or a word, in ways that one note cannot tell. */
  private static final int MIXED = -1;

  private static final int SECTOR_WORDS = 8;
  private static final int WORD = 0xF;

  /** What used a sector last: the instruction's number, and in five bits the first lane in it. */
  final int[] at;

  /** Warp and time, or {@link #MIXED}; 0 if there was none. */
  private final int[] tags;

  /**
   * The same by words, for mixed sectors; null while there is none. What it says of bytes that were
   * not used is of other blocks.
   */
  private int[] wordTags;

  private int[] wordAt;

  SectorUsers(int sectors) {
    at = new int[sectors];
    tags = new int[sectors];
  }

  /** Forgets some sectors. */
  void clear(int low, int high) {
    Arrays.fill(tags, low, high + 1, 0);
  }

  /**
   * Notes that a warp uses bytes of a sector.
   *
   * @param used bytes that were used before
   * @param place instruction and lane
   */
  void note(Warp warp, int sector, int bytes, int used, int place) {
    int self = warp.clock.tag();
    int before = tags[sector];
    tags[sector] = before == 0 || before == self ? self : part(warp, sector, bytes, used, place);
  }

  private int part(Warp warp, int sector, int bytes, int used, int place) {
    int before = tags[sector];
    if (before != MIXED && warp.clock.knows(before) && (used & ~bytes) == 0) {
      return warp.clock.tag();
    }
    if (wordTags == null) {
      wordTags = new int[tags.length * SECTOR_WORDS];
      wordAt = new int[tags.length * SECTOR_WORDS];
    }
    for (int word = 0; word < SECTOR_WORDS; word++) {
      int index = sector * SECTOR_WORDS + word;
      int old = used >>> 4 * word & WORD;
      int now = bytes >>> 4 * word & WORD;
      if (before != MIXED && old != 0) {
        wordTags[index] = before;
        wordAt[index] = at[sector];
      }
      if (now != 0) {
        wordTags[index] = merge(warp, old == 0 ? 0 : wordTags[index], (old & ~now) == 0);
        wordAt[index] = place;
      }
    }
    return MIXED;
  }

  private static int merge(Warp warp, int before, boolean coversAll) {
    int self = warp.clock.tag();
    boolean alone = before == 0 || before == self;
    return alone || coversAll && before != MIXED && warp.clock.knows(before) ? self : MIXED;
  }

  /** Which of some bytes, all used before, another warp used and is not known to be done with. */
  int racing(Warp warp, int sector, int bytes) {
    if (tags[sector] != MIXED) {
      return warp.clock.knows(tags[sector]) ? 0 : bytes;
    }
    int racing = 0;
    for (int word = 0; word < SECTOR_WORDS; word++) {
      int ofWord = bytes & WORD << 4 * word;
      int tag = wordTags[sector * SECTOR_WORDS + word];
      if (ofWord != 0 && tag != MIXED && !warp.clock.knows(tag)) {
        racing |= ofWord;
      }
    }
    return racing;
  }

  /** The warp that used a byte of a sector last. */
  int warp(int sector, int offset) {
    return (tags[sector] == MIXED ? wordTags[word(sector, offset)] : tags[sector]) & 31;
  }

  /** The instruction and lane that used a byte of a sector last. */
  int at(int sector, int offset) {
    return tags[sector] == MIXED ? wordAt[word(sector, offset)] : at[sector];
  }

  private static int word(int sector, int offset) {
    return sector * SECTOR_WORDS + offset / Integer.BYTES;
  }

  /** The warp that used a sector last, or −1 if there were several. */
  int warp(int sector) {
    return tags[sector] == MIXED ? -1 : tags[sector] & 31;
  }
}
