package dev.sifter.train.data;

import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Tokenises texts of any length. A tokenizer takes many times its text's memory, so what is longer
 * than a million characters goes in pieces that end at line breaks, where words do.
 */
final class LongText {
  private static final int PIECE_CHARS = 1 << 20;

  private final Tokenizer tokenizer;
  private final IntList ids = new IntList();
  private final IntList starts = new IntList();
  private final IntList ends = new IntList();

  private LongText(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The tokens of a text, between those that the tokenizer puts before and after every text. */
  static Encoding encode(Tokenizer tokenizer, String text) {
    return text.length() <= PIECE_CHARS
        ? tokenizer.encode(text, true)
        : encode(tokenizer, text, PIECE_CHARS);
  }

  /** The same, in pieces of at most so many characters. */
  static Encoding encode(Tokenizer tokenizer, String text, int pieceChars) {
    return new LongText(tokenizer).inPieces(text, pieceChars);
  }

  private Encoding inPieces(String text, int pieceChars) {
    String head = pieces(text, pieceChars).iterator().next();
    int[] framed = tokenizer.encode(head, true).ids();
    int[] bare = tokenizer.encode(head, false).ids();
    int before = 0;
    while (!Arrays.equals(framed, before, before + bare.length, bare, 0, bare.length)) {
      before++;
    }
    addFrame(framed, 0, before);
    int codePoints = 0;
    for (String piece : pieces(text, pieceChars)) {
      add(tokenizer.encode(piece, false), codePoints);
      codePoints += piece.codePointCount(0, piece.length());
    }
    addFrame(framed, before + bare.length, framed.length);
    return new Encoding(ids.toArray(), starts.toArray(), ends.toArray());
  }

  /** The pieces of a text, one after the other; itself where it is no longer than one. */
  static Iterable<String> pieces(String text) {
    return pieces(text, PIECE_CHARS);
  }

  private static Iterable<String> pieces(String text, int pieceChars) {
    return () ->
        new Iterator<>() {
          private int from;

          @Override
          public boolean hasNext() {
            return from < text.length();
          }

          @Override
          public String next() {
            int to = pieceEnd(text, from, pieceChars);
            String piece = text.substring(from, to);
            from = to;
            return piece;
          }
        };
  }

  private void add(Encoding piece, int codePointsBefore) {
    for (int i = 0; i < piece.length(); i++) {
      ids.add(piece.ids()[i]);
      starts.add(codePointsBefore + piece.starts()[i]);
      ends.add(codePointsBefore + piece.ends()[i]);
    }
  }

  /** Adds tokens that cover nothing of the text. */
  private void addFrame(int[] tokens, int from, int to) {
    for (int i = from; i < to; i++) {
      ids.add(tokens[i]);
      starts.add(0);
      ends.add(0);
    }
  }

  /**
   * After the last line break of a piece that something visible follows: no tokenizer's word goes
   * on there. Without one, at the last character.
   */
  private static int pieceEnd(String text, int from, int pieceChars) {
    if (text.length() - from <= pieceChars) {
      return text.length();
    }
    for (int end = from + pieceChars; end > from + 1; end--) {
      if (text.charAt(end - 1) == '\n' && !Character.isWhitespace(text.charAt(end))) {
        return end;
      }
    }
    int end = from + pieceChars;
    return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
  }
}
