package dev.sifter.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The tokens that a piece consists of before any merge: those of its characters, or of its UTF-8
 * bytes. A character without a token falls back to the tokens {@code <0x00>} to {@code <0xFF>} of
 * its bytes, if the model has them, or else to the unknown token.
 */
final class BpeAlphabet {
  private final Vocabulary vocabulary;
  private final int unkId;
  private final boolean fuseUnk;
  private final String prefix;
  private final String suffix;
  private final int[] byteIds = new int[256];
  private final int[] fallbackIds;
  private final int[] bmpIds = new int[0x10000];
  private final boolean spellsAllBytes;

  BpeAlphabet(JsonAt json, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    prefix = json.get("continuing_subword_prefix").string("");
    suffix = json.get("end_of_word_suffix").string("");
    fuseUnk = json.get("fuse_unk").bool(false);
    unkId = unkId(json.get("unk_token"), vocabulary);
    fallbackIds = json.get("byte_fallback").bool(false) ? fallbackIds(vocabulary) : null;
    char[] one = new char[1];
    for (int c = 0; c < bmpIds.length; c++) {
      one[0] = (char) c;
      bmpIds[c] = vocabulary.id(one, 0, 1);
    }
    for (int b = 0; b < 256; b++) {
      byteIds[b] = bmpIds[ByteAlphabet.toChar(b)];
    }
    spellsAllBytes = areTokens(byteIds);
  }

  private static int unkId(JsonAt json, Vocabulary vocabulary) {
    if (json.absent()) {
      return -1;
    }
    int id = vocabulary.id(json.string());
    if (id < 0 && !json.string().isEmpty()) {
      throw new TokenizerException(
          "%s: \"%s\" is not in model.vocab".formatted(json.path(), json.string()));
    }
    return id;
  }

  private static int[] fallbackIds(Vocabulary vocabulary) {
    int[] ids = new int[256];
    for (int b = 0; b < 256; b++) {
      ids[b] = vocabulary.id("<0x%02X>".formatted(b));
    }
    return ids;
  }

  /** Whether characters are spelled otherwise at the ends of a word. */
  boolean hasAffixes() {
    return !prefix.isEmpty() || !suffix.isEmpty();
  }

  /** Whether every byte has a token. */
  boolean spellsAllBytes() {
    return spellsAllBytes;
  }

  /** Whether no character vanishes. */
  boolean keepsUnknown() {
    return unkId >= 0 || (fallbackIds != null && areTokens(fallbackIds));
  }

  private static boolean areTokens(int[] ids) {
    return Arrays.stream(ids).allMatch(id -> id >= 0);
  }

  /** The id of the piece's bytes as one token, or -1. */
  int idOfBytes(char[] chars, int from, int to) {
    char[] spelled = new char[Utf8.length(chars, from, to)];
    byte[] utf8 = new byte[4];
    int at = 0;
    for (int i = from; i < to; ) {
      int cp = Character.codePointAt(chars, i, to);
      int length = Utf8.encode(cp, utf8, 0);
      for (int b = 0; b < length; b++) {
        spelled[at++] = ByteAlphabet.toChar(utf8[b] & 0xFF);
      }
      i += Character.charCount(cp);
    }
    return vocabulary.id(spelled, 0, at);
  }

  void addBytes(char[] chars, int from, int to, BpeWord word) {
    byte[] utf8 = new byte[4];
    for (int i = from; i < to; ) {
      int cp = Character.codePointAt(chars, i, to);
      int length = Utf8.encode(cp, utf8, 0);
      for (int b = 0; b < length; b++) {
        word.add(byteIds[utf8[b] & 0xFF], 1);
      }
      i += Character.charCount(cp);
    }
  }

  void addCharacters(char[] chars, int from, int to, BpeWord word) {
    Unknown unknown = new Unknown(word);
    byte[] utf8 = new byte[4];
    for (int i = from; i < to; ) {
      int cp = Character.codePointAt(chars, i, to);
      int next = i + Character.charCount(cp);
      int id = characterId(chars, i, next, from, to);
      if (id >= 0) {
        unknown.flush();
        word.add(id, Utf8.length(cp));
      } else if (!addFallback(affixed(chars, i, next, from, to), cp, utf8, word)) {
        unknown.add(Utf8.length(cp));
      }
      i = next;
    }
    unknown.flush();
  }

  private int characterId(char[] chars, int i, int next, int from, int to) {
    String affixed = affixed(chars, i, next, from, to);
    if (affixed != null) {
      return vocabulary.id(affixed);
    }
    return next == i + 1 ? bmpIds[chars[i]] : vocabulary.id(chars, i, next);
  }

  /** The character with the prefix or suffix of its place in the word, or null if it has none. */
  private String affixed(char[] chars, int i, int next, int from, int to) {
    String before = i == from ? "" : prefix;
    String after = next == to ? suffix : "";
    return before.isEmpty() && after.isEmpty()
        ? null
        : before + new String(chars, i, next - i) + after;
  }

  /** Adds the bytes of a character that has no token, if all of them have one. */
  private boolean addFallback(String affixed, int cp, byte[] utf8, BpeWord word) {
    if (fallbackIds == null) {
      return false;
    }
    byte[] bytes = utf8;
    int length;
    if (affixed == null) {
      length = Utf8.encode(cp, utf8, 0);
    } else {
      bytes = affixed.getBytes(StandardCharsets.UTF_8);
      length = bytes.length;
    }
    for (int b = 0; b < length; b++) {
      if (fallbackIds[bytes[b] & 0xFF] < 0) {
        return false;
      }
    }
    for (int b = 0; b < length; b++) {
      word.add(fallbackIds[bytes[b] & 0xFF], 1);
    }
    return true;
  }

  /**
   * The run of unknown characters before the next known one. Without an unknown token they vanish.
   * As in the reference, a byte fallback does not end the run.
   */
  private final class Unknown {
    private final BpeWord word;
    private int length;

    Unknown(BpeWord word) {
      this.word = word;
    }

    void add(int bytes) {
      if (unkId < 0) {
        return;
      }
      if (!fuseUnk) {
        flush();
      }
      length += bytes;
    }

    void flush() {
      if (length > 0) {
        word.add(unkId, length);
        length = 0;
      }
    }
  }
}
