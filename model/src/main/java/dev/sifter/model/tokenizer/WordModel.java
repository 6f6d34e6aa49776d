package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/**
 * Models that look words up: WordLevel knows a word or does not; WordPiece (BERT) cuts it, always
 * taking the longest entry that fits, those inside a word being spelled with a prefix.
 *
 * <p>A word that cannot be cut is one unknown token.
 */
final class WordModel implements TokenModel {
  private final Vocabulary vocabulary;
  private final boolean cuts;
  private final int unkId;
  private final String unk;
  private final char[] prefix;
  private final int maxLength;

  private WordModel(JsonAt json, boolean cuts, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.cuts = cuts;
    unk = json.get("unk_token").string(cuts ? "[UNK]" : "<unk>");
    unkId = vocabulary.id(unk);
    prefix = json.get("continuing_subword_prefix").string("##").toCharArray();
    maxLength =
        (int) Math.min(json.get("max_input_chars_per_word").integer(100), Integer.MAX_VALUE);
  }

  /** Reads a model of the file format. */
  static WordModel parse(JsonAt json, boolean cuts) {
    return new WordModel(json, cuts, TokenModel.parseVocabulary(json.get("vocab")));
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public void tokenize(Pieces given, TokenSink sink) {
    Pieces pieces = given.spelled();
    for (int p = 0; p < pieces.count(); p++) {
      int before = sink.size;
      if (!cut(pieces.text, pieces.from(p), pieces.to(p), sink)) {
        sink.size = before;
        if (unkId < 0) {
          throw new TokenizerException(
              "\"%s\" cannot be spelled, and model.unk_token \"%s\" is not in model.vocab"
                  .formatted(pieces.text.toString().substring(pieces.from(p), pieces.to(p)), unk));
        }
        emit(unkId, pieces.text, pieces.from(p), pieces.to(p), sink);
      }
    }
  }

  private boolean cut(AlignedText text, int from, int to, TokenSink sink) {
    if (!cuts) {
      int id = vocabulary.id(text.chars, from, to);
      if (id >= 0) {
        emit(id, text, from, to, sink);
      }
      return id >= 0;
    }
    if (Character.codePointCount(text.chars, from, to - from) > maxLength) {
      return false;
    }
    // The word behind the prefix, so that an inner piece is one range of this array.
    char[] word = new char[prefix.length + to - from];
    System.arraycopy(text.chars, from, word, prefix.length, to - from);
    for (int at = from; at < to; ) {
      int start = prefix.length + at - from;
      if (at > from) {
        start -= prefix.length;
        System.arraycopy(prefix, 0, word, start, prefix.length);
      }
      int end = word.length;
      int id = -1;
      while (end > prefix.length + at - from) {
        id = vocabulary.id(word, start, end);
        if (id >= 0) {
          break;
        }
        end -= Character.charCount(Character.codePointBefore(word, end));
      }
      if (id < 0) {
        return false;
      }
      int next = from + end - prefix.length;
      emit(id, text, at, next, sink);
      at = next;
    }
    return true;
  }

  private static void emit(int id, AlignedText text, int from, int to, TokenSink sink) {
    sink.add(id, text.start(from), text.end(to - 1));
  }

  @Override
  public void writeVocabulary(JsonGenerator json) throws IOException {
    TokenModel.writeVocabulary(json, vocabulary);
  }
}
