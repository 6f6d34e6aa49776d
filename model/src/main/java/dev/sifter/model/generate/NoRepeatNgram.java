package dev.sifter.model.generate;

/** Excludes every token that would complete a run of n tokens that the sequence already has. */
final class NoRepeatNgram implements LogitsProcessor {
  private final int size;

  NoRepeatNgram(int size) {
    this.size = size;
  }

  @Override
  public void process(int[] history, int length, float[] logits) {
    int tail = length - (size - 1);
    for (int at = 0; at + size <= length; at++) {
      if (matches(history, at, tail)) {
        logits[history[at + size - 1]] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private boolean matches(int[] history, int at, int tail) {
    for (int i = 0; i < size - 1; i++) {
      if (history[at + i] != history[tail + i]) {
        return false;
      }
    }
    return true;
  }
}
