package dev.sifter.model.tokenizer;

/**
 * UTF-8 in the small: encodes single characters, and decodes byte streams piece by piece.
 *
 * <p>Ill-formed input becomes U+FFFD once per maximal subpart (The Unicode Standard 16, section
 * 3.9, table 3-7), as in Rust and in the WHATWG decoder. {@code new String(bytes, UTF_8)} differs
 * for encoded surrogates, and cannot stop in the middle of a character.
 */
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /** The number of bytes of the code point {@code cp}. */
  static int length(int cp) {
    return cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
  }

  /** The number of bytes of the characters from {@code from} to before {@code to}. */
  static int length(char[] chars, int from, int to) {
    int length = 0;
    for (int i = from; i < to; ) {
      int cp = Character.codePointAt(chars, i, to);
      length += length(cp);
      i += Character.charCount(cp);
    }
    return length;
  }

  /** Writes the code point {@code cp} at {@code out[at]} and returns the position after it. */
  static int encode(int cp, byte[] out, int at) {
    if (cp < 0x80) {
      out[at++] = (byte) cp;
    } else if (cp < 0x800) {
      out[at++] = (byte) (0xC0 | cp >> 6);
      out[at++] = (byte) (0x80 | cp & 0x3F);
    } else if (cp < 0x10000) {
      out[at++] = (byte) (0xE0 | cp >> 12);
      out[at++] = (byte) (0x80 | cp >> 6 & 0x3F);
      out[at++] = (byte) (0x80 | cp & 0x3F);
    } else {
      out[at++] = (byte) (0xF0 | cp >> 18);
      out[at++] = (byte) (0x80 | cp >> 12 & 0x3F);
      out[at++] = (byte) (0x80 | cp >> 6 & 0x3F);
      out[at++] = (byte) (0x80 | cp & 0x3F);
    }
    return at;
  }

  /** A decoder that takes single bytes and hands out whole characters. */
  static final class Decoder {
    private int codePoint;
    private int missing;
    private int low;
    private int high;
    private boolean illFormed;

    /** Takes one byte; appends the characters that it completes to {@code out}. */
    void accept(int b, StringBuilder out) {
      if (missing > 0) {
        if (b >= low && b <= high) {
          codePoint = codePoint << 6 | b & 0x3F;
          low = 0x80;
          high = 0xBF;
          if (--missing == 0) {
            out.appendCodePoint(codePoint);
          }
          return;
        }
        missing = 0;
        replace(out);
      }
      start(b, out);
    }

    /** Ends the stream: an unfinished character becomes U+FFFD. The decoder is ready for reuse. */
    void finish(StringBuilder out) {
      if (missing > 0) {
        missing = 0;
        replace(out);
      }
    }

    /** Whether any byte so far was not part of a well-formed character. */
    boolean sawIllFormed() {
      return illFormed;
    }

    private void start(int b, StringBuilder out) {
      low = 0x80;
      high = 0xBF;
      if (b < 0x80) {
        out.append((char) b);
      } else if (b >= 0xC2 && b <= 0xDF) {
        expect(1, b & 0x1F);
      } else if (b >= 0xE0 && b <= 0xEF) {
        expect(2, b & 0x0F);
        low = b == 0xE0 ? 0xA0 : 0x80;
        high = b == 0xED ? 0x9F : 0xBF;
      } else if (b >= 0xF0 && b <= 0xF4) {
        expect(3, b & 0x07);
        low = b == 0xF0 ? 0x90 : 0x80;
        high = b == 0xF4 ? 0x8F : 0xBF;
      } else {
        replace(out);
      }
    }

    private void expect(int more, int bits) {
      missing = more;
      codePoint = bits;
    }

    private void replace(StringBuilder out) {
      illFormed = true;
      out.append(REPLACEMENT);
    }
  }
}
