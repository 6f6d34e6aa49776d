package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * New text, character by character, with how each character relates to the old text.
 *
 * <p>A change of 0 takes the place of the next old character, -n that of the next n + 1, and 1 of
 * none: such a character is aligned with the old one before it.
 */
final class Transformation {
  private int[] codePoints = new int[64];
  private int[] changes = new int[64];
  private int size;

  /** Appends a character. */
  void add(int codePoint, int change) {
    if (size == codePoints.length) {
      codePoints = Arrays.copyOf(codePoints, size * 2);
      changes = Arrays.copyOf(changes, size * 2);
    }
    codePoints[size] = codePoint;
    changes[size++] = change;
  }

  /** Appends {@code content} in the place of {@code old} old characters. */
  void replace(int old, int[] content) {
    for (int i = 0; i < content.length; i++) {
      add(content[i], i < old ? 0 : 1);
    }
    if (content.length < old && size > 0) {
      changes[size - 1] += content.length - old;
    }
  }

  /** The new text, aligned with the original that {@code old} is aligned with. */
  AlignedText apply(AlignedText old) {
    AlignedText.Builder out = new AlignedText.Builder(old);
    int length = old.length();
    int at = 0;
    int last = 0;
    for (int i = 0; i < size; i++) {
      if (changes[i] > 0) {
        out.append(codePoints[i], last);
        continue;
      }
      last = Math.min(at, length - 1);
      out.append(codePoints[i], last);
      for (int taken = 0; taken <= -changes[i] && at < length; taken++) {
        last = at;
        at += Character.charCount(Character.codePointAt(old.chars, at, length));
      }
    }
    return out.build();
  }
}
