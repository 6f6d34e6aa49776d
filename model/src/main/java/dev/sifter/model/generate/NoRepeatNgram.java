package dev.sifter.model.generate;

/**
 * Excludes every token that would complete a run of n tokens that the sequence already has, or that
 * its prompt has.
 */
final class NoRepeatNgram implements LogitsProcessor {
  private final int size;
  private final boolean ofPromptOnly;

  NoRepeatNgram(int size, boolean ofPromptOnly) {
    this.size = size;
    this.ofPromptOnly = ofPromptOnly;
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    int[] tokens = context.tokens();
    int tail = context.length() - (size - 1);
    int end = ofPromptOnly ? context.promptLength() : context.length();
    for (int at = 0; at + size <= end; at++) {
      if (matches(tokens, at, tail)) {
        logits[tokens[at + size - 1]] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private boolean matches(int[] tokens, int at, int tail) {
    for (int i = 0; i < size - 1; i++) {
      if (tokens[at + i] != tokens[tail + i]) {
        return false;
      }
    }
    return true;
  }
}
