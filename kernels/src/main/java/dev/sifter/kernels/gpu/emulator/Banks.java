package dev.sifter.kernels.gpu.emulator;

/**
 * Counts the turns that shared memory takes for a request. It has 32 banks of 32-bit words: lanes
 * that want different words of one bank wait for each other.
 *
 * <p>32 lanes are served at once if each moves up to 4 bytes, 16 if 8 bytes, 8 if 16 bytes.
 */
final class Banks {
  private static final int BANK_BYTES = 4;
  private static final int LINE_BYTES = 128;

  /** The group that last saw a word, or what larger piece it moves. */
  private final int[] seen;

  private final int[] group = new int[LINE_BYTES / BANK_BYTES];
  private final int[] pieces = new int[LINE_BYTES / BANK_BYTES];
  private int current;

  Banks(int sharedBytes) {
    seen = new int[sharedBytes + BANK_BYTES - 1 >> 2];
  }

  /** The number of lanes that are served together. */
  static int together(int laneBytes) {
    return laneBytes <= BANK_BYTES ? Instruction.LANES : LINE_BYTES / laneBytes;
  }

  /**
   * Turns for lanes that are served together. As pieces of 8 or 16 bytes begin at multiples of
   * their size, it is enough to look at the banks of their first words.
   */
  int turns(int mask, int[] places, int laneBytes) {
    current++;
    int shift = laneBytes <= BANK_BYTES ? 2 : Integer.numberOfTrailingZeros(laneBytes);
    int banks = LINE_BYTES >> shift;
    int most = 0;
    for (int left = mask; left != 0; left &= left - 1) {
      int piece = places[Integer.numberOfTrailingZeros(left)] >> shift;
      if (seen[piece] != current) {
        seen[piece] = current;
        int bank = piece & banks - 1;
        int wanted = group[bank] == current ? pieces[bank] + 1 : 1;
        group[bank] = current;
        pieces[bank] = wanted;
        most = Math.max(most, wanted);
      }
    }
    return most;
  }
}
