package dev.sifter.kernels.gpu.emulator;

/**
 * Counts the turns that shared memory takes for a request. It has 32 banks of 32-bit words: lanes
 * that want different words of one bank wait for each other.
 *
 * <p>32 lanes are served at once if each moves up to 4 bytes, 16 if 8 bytes, 8 if 16 bytes.
 */
final class Banks {
  private static final int COUNT = 32;

  /** The turn group that last saw a word. */
  private final int[] seen;

  private final int[] group = new int[COUNT];
  private final int[] words = new int[COUNT];
  private int current;
  private int most;

  Banks(int sharedBytes) {
    seen = new int[sharedBytes + 3 >> 2];
  }

  /** Begins a group of lanes that are served together. */
  void begin() {
    current++;
    most = 0;
  }

  /** A lane of the group wants a word. */
  void add(int word) {
    if (seen[word] == current) {
      return;
    }
    seen[word] = current;
    int bank = word & COUNT - 1;
    int wanted = group[bank] == current ? words[bank] + 1 : 1;
    group[bank] = current;
    words[bank] = wanted;
    most = Math.max(most, wanted);
  }

  /** Turns for the group. */
  int turns() {
    return most;
  }
}
