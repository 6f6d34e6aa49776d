package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Cuts pieces of text into entries of a vocabulary. */
interface TokenModel {
  /** The names of the components that {@link #parse} reads. */
  List<String> SUPPORTED = List.of("BPE", "Unigram", "WordLevel", "WordPiece");

  /** The tokens and their ids. */
  Vocabulary vocabulary();

  /** Appends the tokens of the pieces to {@code sink}. */
  void tokenize(Pieces pieces, TokenSink sink);

  /** Writes the fields that hold the vocabulary; the others are kept as they were read. */
  void writeVocabulary(JsonGenerator json) throws IOException;

  /** Reads {@code vocab}, an object of tokens and their ids. */
  static Vocabulary parseVocabulary(JsonAt vocab) {
    if (!vocab.node().isObject()) {
      throw vocab.wrong("an object of tokens and their ids");
    }
    Vocabulary vocabulary = new Vocabulary(vocab.node().size());
    for (Map.Entry<String, JsonNode> entry : vocab.node().properties()) {
      String path = vocab.path() + "[\"" + entry.getKey() + "\"]";
      vocabulary.add(entry.getKey(), new JsonAt(entry.getValue(), path).integer(), path);
    }
    return vocabulary;
  }

  /** Writes {@code vocab} as an object of tokens and their ids. */
  static void writeVocabulary(JsonGenerator json, Vocabulary vocabulary) throws IOException {
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < vocabulary.idBound(); id++) {
      if (vocabulary.token(id) != null) {
        json.writeNumberField(vocabulary.token(id), id);
      }
    }
    json.writeEndObject();
  }

  /** Reads a model of the file format. */
  static TokenModel parse(JsonAt json) {
    if (!json.node().isObject()) {
      throw json.wrong("an object with a \"type\"");
    }
    // Files of 2019 have no type: theirs is BPE, which alone has merges.
    String type = json.get("type").string(json.get("merges").absent() ? "WordLevel" : "BPE");
    return switch (type) {
      case "BPE" -> BpeModel.parse(json);
      case "Unigram" -> UnigramModel.parse(json);
      case "WordLevel", "WordPiece" -> WordModel.parse(json, type.equals("WordPiece"));
      default -> throw json.unsupported(SUPPORTED);
    };
  }
}
