package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A {@code tokenizer.model} of SentencePiece, turned into the definition that {@code
 * tokenizer.json} would hold. Field numbers are those of {@code sentencepiece_model.proto}.
 */
final class SentencePieceModel {
  private static final int BPE = 2;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private record Piece(String text, float score, int type) {}

  private final List<Piece> pieces = new ArrayList<>();
  private int modelType = 1;
  private boolean byteFallback;
  private int unkId;
  private int bosId = 1;
  private int eosId = 2;
  private int padId = -1;
  private byte[] charsMap = {};
  private boolean dummyPrefix = true;
  private boolean removeExtraSpaces = true;
  private boolean marksSpaces = true;
  private boolean marksEnds;

  private SentencePieceModel(byte[] file) {
    ProtoReader model = new ProtoReader(file);
    for (int field = model.next(); field != 0; field = model.next()) {
      switch (field) {
        case 1 -> pieces.add(piece(model.message()));
        case 2 -> trainerSpec(model.message());
        case 3 -> normalizerSpec(model.message());
        default -> {}
      }
    }
    if (pieces.isEmpty()) {
      throw new TokenizerException("not a SentencePiece model: it has no pieces");
    }
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).text.isEmpty()) {
        throw new TokenizerException("not a SentencePiece model: piece %d is empty".formatted(id));
      }
    }
    if (modelType != 1 && modelType != BPE) {
      throw new TokenizerException(
          "trainer_spec.model_type: %d is not supported; supported are 1 (UNIGRAM), 2 (BPE)"
              .formatted(modelType));
    }
    if (marksEnds || !marksSpaces) {
      throw new TokenizerException(
          (marksEnds
                  ? "trainer_spec.treat_whitespace_as_suffix: true"
                  : "normalizer_spec.escape_whitespaces: false")
              + " is not supported: words have to begin with \u2581");
    }
  }

  /**
   * Reads a model.
   *
   * @param config gets the names of the special tokens, where it lacks them
   */
  static Tokenizer read(byte[] file, TokenizerConfig config) {
    SentencePieceModel model = new SentencePieceModel(file);
    Tokenizer tokenizer = TokenizerFiles.read(model.definition(config.json()), config);
    return tokenizer.withPostProcessor(model.frame(config.json(), tokenizer));
  }

  private static Piece piece(ProtoReader message) {
    String text = "";
    float score = 0;
    int type = 1;
    for (int field = message.next(); field != 0; field = message.next()) {
      switch (field) {
        case 1 -> text = message.string();
        case 2 -> score = message.floating();
        case 3 -> type = (int) message.integer();
        default -> {}
      }
    }
    return new Piece(text, score, type);
  }

  private void trainerSpec(ProtoReader message) {
    for (int field = message.next(); field != 0; field = message.next()) {
      switch (field) {
        case 3 -> modelType = (int) message.integer();
        case 24 -> marksEnds = message.integer() != 0;
        case 35 -> byteFallback = message.integer() != 0;
        case 40 -> unkId = (int) message.integer();
        case 41 -> bosId = (int) message.integer();
        case 42 -> eosId = (int) message.integer();
        case 43 -> padId = (int) message.integer();
        default -> {}
      }
    }
  }

  private void normalizerSpec(ProtoReader message) {
    for (int field = message.next(); field != 0; field = message.next()) {
      switch (field) {
        case 2 -> charsMap = message.bytes();
        case 3 -> dummyPrefix = message.integer() != 0;
        case 4 -> removeExtraSpaces = message.integer() != 0;
        case 5 -> marksSpaces = message.integer() != 0;
        default -> {}
      }
    }
  }

  private ObjectNode definition(ObjectNode config) {
    ObjectNode definition = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    definition.putNull("truncation").putNull("padding");
    addedTokens(definition.putArray("added_tokens"));
    boolean llama =
        modelType == BPE && config.path("tokenizer_class").asText().startsWith("LlamaTokenizer");
    boolean startsWithSpace;
    if (llama) {
      startsWithSpace = config.path("add_prefix_space").asBoolean(true);
      metaspace(definition, startsWithSpace, config.path("legacy").asBoolean(false));
    } else {
      startsWithSpace = dummyPrefix || removeExtraSpaces;
      normalizers(definition.putObject("normalizer").put("type", "Sequence"));
      definition.putNull("pre_tokenizer");
    }
    name(config, "bos_token", bosId);
    name(config, "eos_token", eosId);
    name(config, "pad_token", padId);
    name(config, "unk_token", unkId);
    decoders(definition.putObject("decoder").put("type", "Sequence"), startsWithSpace);
    if (modelType == BPE) {
      bpe(definition.putObject("model").put("type", "BPE"));
    } else {
      unigram(definition.putObject("model").put("type", "Unigram"));
    }
    return definition;
  }

  private void addedTokens(ArrayNode added) {
    for (int id = 0; id < pieces.size(); id++) {
      int type = pieces.get(id).type;
      if (type == UNKNOWN || type == CONTROL || type == USER_DEFINED) {
        boolean special = type != USER_DEFINED;
        added.add(
            new AddedToken(pieces.get(id).text, id, false, false, false, false, special).toJson());
      }
    }
  }

  /**
   * As transformers' LlamaTokenizer has it, which takes only the pieces of the file: a prefix where
   * the text begins, or, as its legacy, after each special token too.
   */
  private static void metaspace(ObjectNode definition, boolean prefix, boolean legacy) {
    definition.putNull("normalizer");
    definition
        .putObject("pre_tokenizer")
        .put("type", "Metaspace")
        .put("replacement", "\u2581")
        .put("prepend_scheme", !prefix ? "never" : legacy ? "always" : "first")
        .put("split", false);
  }

  private void normalizers(ObjectNode sequence) {
    ArrayNode steps = sequence.putArray("normalizers");
    if (charsMap.length > 0) {
      steps
          .addObject()
          .put("type", "Precompiled")
          .put("precompiled_charsmap", Base64.getEncoder().encodeToString(charsMap));
    }
    if (removeExtraSpaces) {
      replace(steps, "Regex", "\\A +", "");
      replace(steps, "Regex", " {2,}", " ");
    }
    if (dummyPrefix) {
      steps.addObject().put("type", "Prepend").put("prepend", "\u2581");
    }
    replace(steps, "String", " ", "\u2581");
    if (removeExtraSpaces) {
      replace(steps, "Regex", "\u2581+\\z", "");
    }
  }

  private static void replace(ArrayNode steps, String kind, String pattern, String content) {
    ObjectNode step = steps.addObject().put("type", "Replace").put("content", content);
    step.putObject("pattern").put(kind, pattern);
  }

  private void name(ObjectNode config, String role, int id) {
    if (!config.has(role) && id >= 0 && id < pieces.size()) {
      config.put(role, pieces.get(id).text);
    }
  }

  /**
   * Llama's rule, which came with this kind of file: begin a text with bos unless told not to.
   * Which token that is, the configuration says before the file.
   */
  private ObjectNode frame(ObjectNode config, Tokenizer tokenizer) {
    Map<String, String> names = tokenizer.specialTokensMap();
    OptionalInt bos =
        config.path("add_bos_token").asBoolean(modelType == BPE)
            ? tokenizer.bosId()
            : OptionalInt.empty();
    OptionalInt eos =
        config.path("add_eos_token").asBoolean(false) ? tokenizer.eosId() : OptionalInt.empty();
    ObjectNode processor = JsonNodeFactory.instance.objectNode().put("type", "TemplateProcessing");
    ArrayNode single = processor.putArray("single");
    ArrayNode pair = processor.putArray("pair");
    ObjectNode specials = processor.putObject("special_tokens");
    for (int part = 0; part < 2; part++) {
      if (bos.isPresent()) {
        special(single, pair, specials, names.get("bos_token"), bos.getAsInt(), part);
      }
      sequence(single, pair, part);
      if (eos.isPresent()) {
        special(single, pair, specials, names.get("eos_token"), eos.getAsInt(), part);
      }
    }
    return processor;
  }

  private static void sequence(ArrayNode single, ArrayNode pair, int part) {
    ObjectNode sequence = JsonNodeFactory.instance.objectNode();
    sequence.putObject("Sequence").put("id", part == 0 ? "A" : "B").put("type_id", part);
    if (part == 0) {
      single.add(sequence);
    }
    pair.add(sequence);
  }

  private static void special(
      ArrayNode single, ArrayNode pair, ObjectNode specials, String text, int id, int part) {
    ObjectNode token = JsonNodeFactory.instance.objectNode();
    token.putObject("SpecialToken").put("id", text).put("type_id", part);
    if (part == 0) {
      single.add(token);
    }
    pair.add(token);
    ObjectNode entry = specials.putObject(text).put("id", text);
    entry.putArray("ids").add(id);
    entry.putArray("tokens").add(text);
  }

  private static void decoders(ObjectNode sequence, boolean startsWithSpace) {
    ArrayNode steps = sequence.putArray("decoders");
    replace(steps, "String", "\u2581", " ");
    steps.addObject().put("type", "ByteFallback");
    steps.addObject().put("type", "Fuse");
    if (startsWithSpace) {
      steps.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  private void unigram(ObjectNode model) {
    model.put("unk_id", unkId).put("byte_fallback", byteFallback);
    ArrayNode vocab = model.putArray("vocab");
    for (Piece piece : pieces) {
      vocab.addArray().add(piece.text).add((double) piece.score);
    }
  }

  private void bpe(ObjectNode model) {
    model.putNull("dropout").put("fuse_unk", true).put("byte_fallback", byteFallback);
    model.put("unk_token", unkId >= 0 && unkId < pieces.size() ? pieces.get(unkId).text : null);
    ObjectNode vocab = model.putObject("vocab");
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < pieces.size(); id++) {
      vocab.put(pieces.get(id).text, id);
      ids.put(pieces.get(id).text, id);
    }
    List<MergeRule> merges = new ArrayList<>();
    for (int id = 0; id < pieces.size(); id++) {
      MergeRule.addSplits(pieces.get(id).text, -pieces.get(id).score, ids::get, merges);
    }
    MergeRule.write(merges, MergeRule.longestLeftFirst(), model.putArray("merges"));
  }
}
