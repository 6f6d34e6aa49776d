package dev.sifter.model.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's one-to-one map of the 256 bytes to printable characters.
 *
 * <p>Byte-level vocabularies spell bytes as characters so that any byte sequence is a valid JSON
 * string: printable Latin-1 stands for itself, and the other 68 bytes, in order, for U+0100 to
 * U+0143. Space is therefore {@code Ġ} (U+0120).
 */
final class ByteAlphabet {
  private static final char[] TO_CHAR = new char[256];
  private static final short[] TO_BYTE = new short[0x144];

  static {
    Arrays.fill(TO_BYTE, (short) -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      TO_CHAR[b] = printable ? (char) b : next++;
      TO_BYTE[TO_CHAR[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The character that stands for the byte {@code b}, 0 to 255. */
  static char toChar(int b) {
    return TO_CHAR[b];
  }

  /** The byte, 0 to 255, that {@code c} stands for, or -1. */
  static int toByte(char c) {
    return c < TO_BYTE.length ? TO_BYTE[c] : -1;
  }
}
