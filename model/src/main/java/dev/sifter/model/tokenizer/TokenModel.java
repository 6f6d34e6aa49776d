package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

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

  /** Reads a model of the file format. */
  static TokenModel parse(JsonAt json) {
    if (!json.node().isObject()) {
      throw json.wrong("an object with a \"type\"");
    }
    // Files of 2019 have no type: theirs is BPE, which alone has merges.
    String type = json.get("type").string(json.get("merges").absent() ? "WordLevel" : "BPE");
    return switch (type) {
      case "BPE" -> BpeModel.parse(json);
      default -> throw json.unsupported(SUPPORTED);
    };
  }
}
