package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Definitions over characters, not bytes: in the manner of SentencePiece, and of BERT. */
final class CharacterDefinitions {
  private static final char MARK = '\u2581';
  private static final List<String> SPECIALS = List.of("<unk>", "<s>", "</s>");

  private final ObjectNode definition = JsonNodeFactory.instance.objectNode().put("version", "1.0");

  private CharacterDefinitions() {
    ArrayNode added = definition.putArray("added_tokens");
    for (int id = 0; id < SPECIALS.size(); id++) {
      added.add(AddedToken.special(SPECIALS.get(id), id).toJson());
    }
    for (String absent : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder")) {
      definition.putNull(absent);
    }
  }

  /**
   * Characters, then what the texts have between two and five characters long, marks for spaces.
   */
  private static List<String> pieces(boolean bytes) {
    TreeSet<String> parts = new TreeSet<>();
    RandomText random = new RandomText(11);
    for (int i = 0; i < 60; i++) {
      String text = MARK + random.next().replace(' ', MARK);
      for (int from = 0; from < text.length(); from++) {
        for (int to = from + 2; to <= Math.min(text.length(), from + 5); to++) {
          String part = text.substring(from, to);
          boolean whole = part.chars().noneMatch(c -> Character.isSurrogate((char) c));
          if (whole && random.below(6) == 0) {
            parts.add(part);
          }
        }
      }
    }
    List<String> pieces = new ArrayList<>(SPECIALS);
    for (int b = 0; bytes && b < 256; b++) {
      pieces.add("<0x%02X>".formatted(b));
    }
    pieces.add(Character.toString(MARK));
    for (char c = '!'; c <= '~'; c++) {
      pieces.add(Character.toString(c));
    }
    pieces.addAll(List.of("é", "中", "文", "🙂", "\n"));
    parts.removeAll(pieces);
    pieces.addAll(parts);
    return pieces;
  }

  /** Llama 2's shape: byte fallback, and either the old normalizer or Metaspace. */
  static ObjectNode llama(boolean byteFallback, String prependScheme) {
    ObjectNode definition = new CharacterDefinitions().definition;
    if (prependScheme == null) {
      ArrayNode steps =
          definition.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
      steps.addObject().put("type", "Prepend").put("prepend", "\u2581");
      ObjectNode replace = steps.addObject().put("type", "Replace").put("content", "\u2581");
      replace.putObject("pattern").put("String", " ");
    } else {
      metaspace(definition, "pre_tokenizer", prependScheme);
    }
    fallbackDecoder(definition);
    ObjectNode model = definition.putObject("model").put("type", "BPE");
    model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", byteFallback);
    ObjectNode vocab = model.putObject("vocab");
    Map<String, Integer> ids = new HashMap<>();
    List<MergeRule> merges = new ArrayList<>();
    for (String piece : pieces(byteFallback)) {
      ids.put(piece, ids.size());
      vocab.put(piece, ids.get(piece));
    }
    ids.forEach((piece, id) -> MergeRule.addSplits(piece, id * 7919 % 1009, ids::get, merges));
    MergeRule.write(merges, MergeRule.longestLeftFirst(), model.putArray("merges"));
    return definition;
  }

  /** T5's shape, with or without byte fallback. */
  static ObjectNode unigram(boolean byteFallback) {
    ObjectNode definition = new CharacterDefinitions().definition;
    metaspace(definition, "pre_tokenizer", "always");
    if (byteFallback) {
      fallbackDecoder(definition);
    } else {
      metaspace(definition, "decoder", "always");
    }
    ObjectNode model = definition.putObject("model").put("type", "Unigram").put("unk_id", 0);
    model.put("byte_fallback", byteFallback);
    ArrayNode vocab = model.putArray("vocab");
    for (String piece : pieces(byteFallback)) {
      // Few digits: the reference's JSON reader is an ulp off for some long numbers.
      vocab.addArray().add(piece).add(-(200 + Math.floorMod(piece.hashCode(), 1000)) / 100.0);
    }
    return definition;
  }

  /** BERT's shape, but cut at white space only. */
  static ObjectNode wordPiece() {
    ObjectNode definition = new CharacterDefinitions().definition;
    definition.putObject("normalizer").put("type", "Lowercase");
    definition.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    definition
        .putObject("decoder")
        .put("type", "WordPiece")
        .put("prefix", "##")
        .put("cleanup", true);
    ObjectNode model = definition.putObject("model").put("type", "WordPiece");
    model.put("unk_token", "<unk>").put("continuing_subword_prefix", "##");
    model.put("max_input_chars_per_word", 40);
    ObjectNode vocab = model.putObject("vocab");
    for (String piece : pieces(false)) {
      vocab.put(piece, vocab.size());
      if (!SPECIALS.contains(piece) && !vocab.has("##" + piece)) {
        vocab.put("##" + piece, vocab.size());
      }
    }
    return definition;
  }

  private static void metaspace(ObjectNode definition, String component, String scheme) {
    definition
        .putObject(component)
        .put("type", "Metaspace")
        .put("replacement", "\u2581")
        .put("prepend_scheme", scheme)
        .put("split", !scheme.equals("first"));
  }

  private static void fallbackDecoder(ObjectNode definition) {
    ArrayNode steps = definition.putObject("decoder").put("type", "Sequence").putArray("decoders");
    ObjectNode replace = steps.addObject().put("type", "Replace").put("content", " ");
    replace.putObject("pattern").put("String", "\u2581");
    steps.addObject().put("type", "ByteFallback");
    steps.addObject().put("type", "Fuse");
    steps.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
  }
}
