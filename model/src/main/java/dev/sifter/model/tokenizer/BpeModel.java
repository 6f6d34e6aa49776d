package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Byte-pair encoding (Sennrich et al. 2016): starts from single characters, or bytes, and applies
 * the merge of lowest rank, leftmost first, until none applies.
 *
 * <p>Covers both styles in use: byte-level (GPT-2, Llama 3, Qwen), where each byte has a token, and
 * SentencePiece's (Llama 2, Mistral, Gemma), where characters have tokens and those without one
 * fall back to the tokens {@code <0x00>} to {@code <0xFF>} of their UTF-8 bytes.
 */
final class BpeModel implements TokenModel {
  private static final char WORD_MARK = '\u2581';

  private final Vocabulary vocabulary;
  private final List<int[]> mergeList;
  private final MergeTable merges;
  private final int unkId;
  private final boolean fuseUnk;
  private final boolean ignoreMerges;
  private final String prefix;
  private final String suffix;

  private final int[] byteIds = new int[256];
  private final int[] fallbackIds;
  private final int[] bmpIds = new int[0x10000];
  private final boolean spellsAllBytes;
  private final boolean cutsAtWordMark;
  private final PieceCache cache = new PieceCache();

  private BpeModel(JsonAt json, Vocabulary vocabulary, List<int[]> mergeList) {
    this.vocabulary = vocabulary;
    this.mergeList = mergeList;
    prefix = json.get("continuing_subword_prefix").string("");
    suffix = json.get("end_of_word_suffix").string("");
    fuseUnk = json.get("fuse_unk").bool(false);
    ignoreMerges = json.get("ignore_merges").bool(false);
    unkId = unkId(json.get("unk_token"), vocabulary);
    fallbackIds = json.get("byte_fallback").bool(false) ? fallbackIds(vocabulary) : null;
    if (json.get("dropout").node().asDouble(0) != 0) {
      throw new TokenizerException(
          json.path()
              + ".dropout: %s would make every encoding random; set it to null"
                  .formatted(json.get("dropout").node()));
    }
    merges = new MergeTable(mergeList.size());
    boolean crossesWordMark = false;
    for (int rank = 0; rank < mergeList.size(); rank++) {
      int[] merge = mergeList.get(rank);
      merges.put(merge[0], merge[1], rank, merge[2]);
      crossesWordMark |= crossesWordMark(vocabulary.token(merge[2]));
    }
    Arrays.fill(bmpIds, -1);
    char[] one = new char[1];
    for (int c = 0; c < bmpIds.length; c++) {
      one[0] = (char) c;
      bmpIds[c] = vocabulary.id(one, 0, 1);
    }
    for (int b = 0; b < 256; b++) {
      byteIds[b] = bmpIds[ByteAlphabet.toChar(b)];
    }
    spellsAllBytes = Arrays.stream(byteIds).allMatch(id -> id >= 0);
    // Where unknown characters vanish, merges and offsets reach across them.
    boolean keepsUnknown =
        unkId >= 0 || (fallbackIds != null && Arrays.stream(fallbackIds).allMatch(id -> id >= 0));
    cutsAtWordMark =
        bmpIds[WORD_MARK] >= 0
            && keepsUnknown
            && !crossesWordMark
            && !ignoreMerges
            && prefix.isEmpty()
            && suffix.isEmpty();
  }

  /** Reads a model of the file format. */
  static BpeModel parse(JsonAt json) {
    Vocabulary vocabulary = TokenModel.parseVocabulary(json.get("vocab"));
    int prefixLength = json.get("continuing_subword_prefix").string("").length();
    List<int[]> merges = new ArrayList<>(json.get("merges").node().size());
    for (JsonAt merge : json.get("merges").elements()) {
      merges.add(parseMerge(merge, vocabulary, prefixLength));
    }
    return new BpeModel(json, vocabulary, merges);
  }

  /** Reads a merge, {@code "a b"} or {@code ["a", "b"]}: the ids of a, of b and of their join. */
  private static int[] parseMerge(JsonAt merge, Vocabulary vocabulary, int prefixLength) {
    String left;
    String right;
    if (merge.node().isArray() && merge.node().size() == 2) {
      left = merge.elements().get(0).string();
      right = merge.elements().get(1).string();
    } else {
      String pair = merge.string();
      int space = pair.indexOf(' ');
      if (space < 0 || pair.indexOf(' ', space + 1) >= 0) {
        throw merge.wrong("two tokens with one space between them");
      }
      left = pair.substring(0, space);
      right = pair.substring(space + 1);
    }
    if (right.length() < prefixLength) {
      throw merge.wrong("a right side that begins with continuing_subword_prefix");
    }
    String joined = left + right.substring(prefixLength);
    return new int[] {
      mergeId(left, merge, vocabulary),
      mergeId(right, merge, vocabulary),
      mergeId(joined, merge, vocabulary)
    };
  }

  private static int mergeId(String token, JsonAt merge, Vocabulary vocabulary) {
    int id = vocabulary.id(token);
    if (id < 0) {
      throw new TokenizerException(
          "%s: the token \"%s\" of this merge is not in model.vocab"
              .formatted(merge.path(), token));
    }
    return id;
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

  /**
   * Whether a token has a word mark after another character. Where none has, no merge joins the two
   * sides of a place before a word mark, and text may be cut there without changing the result.
   */
  private static boolean crossesWordMark(String token) {
    for (int i = 1; i < token.length(); i++) {
      if (token.charAt(i) == WORD_MARK && token.charAt(i - 1) != WORD_MARK) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void tokenize(Pieces given, TokenSink sink) {
    // Working on bytes directly is faster than on characters that spell them, where it is the same.
    boolean plain = spellsAllBytes && prefix.isEmpty() && suffix.isEmpty();
    Pieces pieces = plain ? given : given.spelled();
    BpeWord word = new BpeWord(merges);
    for (int p = 0; p < pieces.count(); p++) {
      int from = pieces.from(p);
      int to = pieces.to(p);
      if (cutsAtWordMark && !pieces.bytes) {
        char[] chars = pieces.text.chars;
        for (int i = from + 1; i < to; i++) {
          if (chars[i] == WORD_MARK && chars[i - 1] != WORD_MARK) {
            tokenize(pieces, from, i, word, sink);
            from = i;
          }
        }
      }
      tokenize(pieces, from, to, word, sink);
    }
  }

  private void tokenize(Pieces pieces, int from, int to, BpeWord word, TokenSink sink) {
    AlignedText text = pieces.text;
    boolean cached = to - from <= PieceCache.MAX_LENGTH;
    int slot = cached ? PieceCache.slot(text.chars, from, to) : 0;
    PieceCache.Entry entry = cached ? cache.get(slot, text.chars, from, to) : null;
    if (entry == null) {
      word.clear();
      cut(text.chars, from, to, pieces.bytes, word);
      entry = word.toEntry(text.chars, from, to, cached);
      if (cached) {
        cache.put(slot, entry);
      }
    }
    int[] ids = entry.ids();
    for (int t = 0; t < ids.length; t++) {
      sink.add(ids[t], text.start(from + entry.starts()[t]), text.end(from + entry.ends()[t] - 1));
    }
  }

  private void cut(char[] chars, int from, int to, boolean bytes, BpeWord word) {
    if (ignoreMerges) {
      int id = bytes ? wholeBytes(chars, from, to) : vocabulary.id(chars, from, to);
      if (id >= 0) {
        word.add(id, utf8Length(chars, from, to));
        return;
      }
    }
    if (bytes) {
      addBytes(chars, from, to, word);
    } else {
      addCharacters(chars, from, to, word);
    }
    word.merge();
  }

  /** The id of the piece's bytes as one token, or -1. */
  private int wholeBytes(char[] chars, int from, int to) {
    char[] spelled = new char[utf8Length(chars, from, to)];
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

  private void addBytes(char[] chars, int from, int to, BpeWord word) {
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

  private void addCharacters(char[] chars, int from, int to, BpeWord word) {
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
      bytes = affixed.getBytes(java.nio.charset.StandardCharsets.UTF_8);
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

  private static int utf8Length(char[] chars, int from, int to) {
    int length = 0;
    for (int i = from; i < to; ) {
      int cp = Character.codePointAt(chars, i, to);
      length += Utf8.length(cp);
      i += Character.charCount(cp);
    }
    return length;
  }

  @Override
  public void writeVocabulary(JsonGenerator json) throws IOException {
    TokenModel.writeVocabulary(json, vocabulary);
    json.writeArrayFieldStart("merges");
    for (int[] merge : mergeList) {
      json.writeStartArray();
      json.writeString(vocabulary.token(merge[0]));
      json.writeString(vocabulary.token(merge[1]));
      json.writeEndArray();
    }
    json.writeEndArray();
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
