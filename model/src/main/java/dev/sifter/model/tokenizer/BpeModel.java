package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
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
  private final BpeAlphabet alphabet;
  private final boolean ignoreMerges;
  private final boolean cutsAtWordMark;
  private final PieceCache cache = new PieceCache();

  private BpeModel(JsonAt json, Vocabulary vocabulary, List<int[]> mergeList) {
    this.vocabulary = vocabulary;
    this.mergeList = mergeList;
    alphabet = new BpeAlphabet(json, vocabulary);
    ignoreMerges = json.get("ignore_merges").bool(false);
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
    // Where unknown characters vanish, merges and offsets reach across them.
    cutsAtWordMark =
        vocabulary.id(String.valueOf(WORD_MARK)) >= 0
            && alphabet.keepsUnknown()
            && !crossesWordMark
            && !ignoreMerges
            && !alphabet.hasAffixes();
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
    boolean plain = alphabet.spellsAllBytes() && !alphabet.hasAffixes();
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
      int id = bytes ? alphabet.idOfBytes(chars, from, to) : vocabulary.id(chars, from, to);
      if (id >= 0) {
        word.add(id, Utf8.length(chars, from, to));
        return;
      }
    }
    if (bytes) {
      alphabet.addBytes(chars, from, to, word);
    } else {
      alphabet.addCharacters(chars, from, to, word);
    }
    word.merge();
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
}
