package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * A stretch of text between added tokens, cut into pieces that the model takes one by one.
 *
 * <p>Pieces are ranges of the text, in order, not empty, perhaps with gaps. {@code bytes} says that
 * the model is to see the piece's UTF-8 bytes spelled in the {@link ByteAlphabet}; whoever cannot
 * work on raw text in that case asks for {@link #spelled()}.
 */
final class Pieces {
  final AlignedText text;
  final boolean bytes;
  private int[] bounds;
  private int count;

  /** Pieces of {@code text}, none yet. */
  Pieces(AlignedText text, boolean bytes) {
    this.text = text;
    this.bytes = bytes;
    this.bounds = new int[16];
  }

  /** One piece: the whole text, or no piece if it is empty. */
  static Pieces whole(AlignedText text) {
    Pieces pieces = new Pieces(text, false);
    pieces.add(0, text.length());
    return pieces;
  }

  /** The number of pieces. */
  int count() {
    return count;
  }

  /** Where piece {@code i} starts. */
  int from(int i) {
    return bounds[2 * i];
  }

  /** Where piece {@code i} ends. */
  int to(int i) {
    return bounds[2 * i + 1];
  }

  /** Appends the piece {@code [from, to)}, unless it is empty. */
  void add(int from, int to) {
    if (from >= to) {
      return;
    }
    if (2 * count == bounds.length) {
      bounds = Arrays.copyOf(bounds, bounds.length * 2);
    }
    bounds[2 * count] = from;
    bounds[2 * count++ + 1] = to;
  }

  /** The same ranges over {@code other}, a text of the same length. */
  Pieces over(AlignedText other) {
    Pieces result = new Pieces(other, bytes);
    result.bounds = bounds;
    result.count = count;
    return result;
  }

  /** The same pieces, to be spelled in bytes by the model. */
  Pieces asBytes() {
    Pieces result = new Pieces(text, true);
    result.bounds = bounds;
    result.count = count;
    return result;
  }

  /** The same pieces as plain text: bytes, if asked for, are spelled out. */
  Pieces spelled() {
    if (!bytes) {
      return this;
    }
    AlignedText.Builder spelled = new AlignedText.Builder(text);
    int[] ranges = new int[2 * count];
    byte[] utf8 = new byte[4];
    for (int p = 0; p < count; p++) {
      ranges[2 * p] = spelled.size();
      for (int i = from(p); i < to(p); ) {
        int cp = Character.codePointAt(text.chars, i, to(p));
        int length = Utf8.encode(cp, utf8, 0);
        for (int b = 0; b < length; b++) {
          spelled.append(ByteAlphabet.toChar(utf8[b] & 0xFF), i);
        }
        i += Character.charCount(cp);
      }
      ranges[2 * p + 1] = spelled.size();
    }
    Pieces result = new Pieces(spelled.build(), false);
    result.bounds = ranges;
    result.count = count;
    return result;
  }
}
