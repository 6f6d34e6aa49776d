package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Unigram language model segmentation (Kudo 2018): of all ways to cut a piece into vocabulary
 * entries, the one with the greatest sum of log-probabilities, found by Viterbi's algorithm.
 *
 * <p>A character that no entry covers costs ten less than the rarest entry. Such characters in a
 * row become one unknown token, or, with byte fallback, the tokens of their UTF-8 bytes.
 */
final class UnigramModel implements TokenModel {
  private static final double UNKNOWN_PENALTY = 10;

  private final Vocabulary vocabulary;
  private final double[] scores;
  private final CharTrie trie;
  private final int unkId;
  private final double unkScore;
  private final int[] fallbackIds;
  private final PieceCache cache = new PieceCache();

  private UnigramModel(JsonAt json, Vocabulary vocabulary, double[] scores) {
    this.vocabulary = vocabulary;
    this.scores = scores;
    trie = new CharTrie(scores.length * 2);
    double least = Double.POSITIVE_INFINITY;
    for (int id = 0; id < scores.length; id++) {
      trie.put(vocabulary.token(id), id);
      least = Math.min(least, scores[id]);
    }
    unkScore = least - UNKNOWN_PENALTY;
    unkId = (int) json.get("unk_id").integer(-1);
    if (unkId < -1 || unkId >= scores.length) {
      throw json.get("unk_id").wrong("an id of model.vocab, or null");
    }
    fallbackIds = json.get("byte_fallback").bool(false) ? fallbackIds(vocabulary) : null;
  }

  /** Reads a model of the file format. */
  static UnigramModel parse(JsonAt json) {
    List<JsonAt> entries = json.get("vocab").elements();
    Vocabulary vocabulary = new Vocabulary(entries.size());
    double[] scores = new double[entries.size()];
    for (int id = 0; id < scores.length; id++) {
      JsonAt entry = entries.get(id);
      if (!entry.node().isArray() || entry.node().size() != 2) {
        throw entry.wrong("a token and its score");
      }
      vocabulary.add(entry.elements().get(0).string(), id, entry.path());
      scores[id] = entry.elements().get(1).number();
    }
    return new UnigramModel(json, vocabulary, scores);
  }

  /** The ids of the byte tokens; -1 where there is none. */
  private static int[] fallbackIds(Vocabulary vocabulary) {
    int[] ids = new int[256];
    for (int b = 0; b < 256; b++) {
      ids[b] = vocabulary.id("<0x%02X>".formatted(b));
    }
    return ids;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void tokenize(Pieces given, TokenSink sink) {
    Pieces pieces = given.spelled();
    for (int p = 0; p < pieces.count(); p++) {
      int from = pieces.from(p);
      int to = pieces.to(p);
      char[] chars = pieces.text.chars;
      boolean cached = to - from <= PieceCache.MAX_LENGTH;
      int slot = cached ? PieceCache.slot(chars, from, to) : 0;
      PieceCache.Entry entry = cached ? cache.get(slot, chars, from, to) : null;
      if (entry == null) {
        entry = cut(Arrays.copyOfRange(chars, from, to));
        if (cached) {
          cache.put(slot, entry);
        }
      }
      for (int t = 0; t < entry.ids().length; t++) {
        sink.add(
            entry.ids()[t],
            pieces.text.start(from + entry.starts()[t]),
            pieces.text.end(from + entry.ends()[t] - 1));
      }
    }
  }

  /** Cuts one piece: the best path to each place, then back along the best of all. */
  private PieceCache.Entry cut(char[] piece) {
    int length = piece.length;
    double[] best = new double[length + 1];
    int[] startOf = new int[length + 1];
    int[] idOf = new int[length + 1];
    Arrays.fill(startOf, -1);
    for (int at = 0; at < length; ) {
      int next = at + Character.charCount(Character.codePointAt(piece, at));
      boolean covered = false;
      int node = CharTrie.ROOT;
      for (int i = at; i < length && (node = trie.child(node, piece[i])) >= 0; i++) {
        int id = trie.value(node);
        if (id >= 0) {
          covered |= i + 1 == next;
          relax(best, startOf, idOf, at, i + 1, id, scores[id]);
        }
      }
      if (!covered) {
        if (unkId < 0) {
          throw new TokenizerException(
              "U+%04X is not in model.vocab, and model.unk_id is null"
                  .formatted(Character.codePointAt(piece, at)));
        }
        relax(best, startOf, idOf, at, next, unkId, unkScore);
      }
      at = next;
    }
    return path(piece, startOf, idOf);
  }

  private static void relax(
      double[] best, int[] startOf, int[] idOf, int from, int to, int id, double score) {
    double candidate = best[from] + score;
    if (startOf[to] < 0 || candidate > best[to]) {
      best[to] = candidate;
      startOf[to] = from;
      idOf[to] = id;
    }
  }

  private PieceCache.Entry path(char[] piece, int[] startOf, int[] idOf) {
    // Backwards, each entry before the one that follows it; unknown ones in a row joined.
    int[] bounds = new int[piece.length + 1];
    int count = 0;
    boolean afterUnknown = false;
    for (int end = piece.length; end > 0; end = startOf[end]) {
      boolean unknown = idOf[end] == unkId;
      if (!unknown || !afterUnknown) {
        bounds[count++] = end;
      }
      afterUnknown = unknown;
    }
    TokenSink tokens = new TokenSink();
    int from = 0;
    for (int i = count - 1; i >= 0; i--) {
      emit(piece, from, bounds[i], tokens);
      from = bounds[i];
    }
    return new PieceCache.Entry(
        piece,
        Arrays.copyOf(tokens.ids, tokens.size),
        Arrays.copyOf(tokens.starts, tokens.size),
        Arrays.copyOf(tokens.ends, tokens.size));
  }

  private void emit(char[] piece, int from, int to, TokenSink tokens) {
    int id = vocabulary.id(piece, from, to);
    if (id >= 0) {
      tokens.add(id, from, to);
      return;
    }
    if (fallbackIds != null) {
      byte[] utf8 =
          new String(piece, from, to - from).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      boolean all = true;
      for (byte b : utf8) {
        all &= fallbackIds[b & 0xFF] >= 0;
      }
      if (all) {
        for (byte b : utf8) {
          tokens.add(fallbackIds[b & 0xFF], from, to);
        }
        return;
      }
    }
    tokens.add(unkId, from, to);
  }

  @Override
  public void writeVocabulary(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("vocab");
    for (int id = 0; id < scores.length; id++) {
      json.writeStartArray();
      json.writeString(vocabulary.token(id));
      json.writeNumber(scores[id]);
      json.writeEndArray();
    }
    json.writeEndArray();
  }
}
