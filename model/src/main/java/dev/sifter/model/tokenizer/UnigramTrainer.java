package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Trains a Unigram tokenizer (Kudo 2018) as Hugging Face's {@code UnigramTrainer} does, over words
 * that begin with ▁ instead of a space: many pieces are made, and then in turn fitted to the text
 * and pruned.
 *
 * <p>The vocabulary is, in order: the unknown token, special tokens, then pieces by falling score,
 * every character of the text among them.
 *
 * @param vocabSize number of tokens
 * @param specialTokens tokens that get the first ids after the unknown token and are never split
 * @param unkToken what characters become that the text does not have
 * @param maxPieceLength code points of a piece
 * @param shrinkingFactor share of the pieces that a round of pruning leaves
 * @param subIterations steps of fitting between two rounds
 * @param seedSize how many pieces to begin with
 */
public record UnigramTrainer(
    int vocabSize,
    List<String> specialTokens,
    String unkToken,
    int maxPieceLength,
    double shrinkingFactor,
    int subIterations,
    int seedSize) {
  /** So many more pieces are fitted last than there is room for. */
  private static final int ELEVEN_TENTHS = 11;

  /** Characters that were given up come back a little above the least probable piece. */
  private static final double STEP_OF_LOST_CHARACTERS = 1e-4;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public UnigramTrainer {
    specialTokens = List.copyOf(specialTokens);
    if (vocabSize < 1 + specialTokens.size() + 1 || vocabSize > Vocabulary.MAX_ID) {
      throw new IllegalArgumentException(
          "a vocabulary of %d tokens; it must have from %d to %d"
              .formatted(vocabSize, specialTokens.size() + 2, Vocabulary.MAX_ID));
    }
    if (specialTokens.contains("") || unkToken.isEmpty() || specialTokens.contains(unkToken)) {
      throw new IllegalArgumentException(
          "special tokens must not be empty, and the unknown token is not one of them");
    }
    if (maxPieceLength < 1 || subIterations < 1 || seedSize < 1) {
      throw new IllegalArgumentException(
          "maxPieceLength %d, subIterations %d, seedSize %d: all must be at least 1"
              .formatted(maxPieceLength, subIterations, seedSize));
    }
    if (!(shrinkingFactor > 0 && shrinkingFactor < 1)) {
      throw new IllegalArgumentException(
          "shrinkingFactor is %s; it must lie between 0 and 1".formatted(shrinkingFactor));
    }
  }

  /** A trainer with Hugging Face's defaults. */
  public UnigramTrainer(int vocabSize, List<String> specialTokens) {
    this(vocabSize, specialTokens, "<unk>", 16, 0.75, 2, 1_000_000);
  }

  /**
   * Trains on the given texts.
   *
   * @throws IllegalArgumentException if the texts have more characters than the vocabulary has
   *     room, or one of their pieces is a special token
   */
  public Tokenizer train(Iterable<String> texts) {
    ObjectNode definition = definition();
    PreTokenizer preTokenizer = PreTokenizer.parse(new JsonAt(definition, "").get("pre_tokenizer"));
    // Sorted, so that sums have one order.
    Map<String, Long> words = new TreeMap<>(WordCounts.of(texts, preTokenizer));
    TreeSet<String> characters = new TreeSet<>();
    words.keySet().forEach(w -> w.codePoints().forEach(c -> characters.add(Character.toString(c))));
    int room = vocabSize - 1 - specialTokens.size();
    if (words.isEmpty()) {
      throw new IllegalArgumentException("the texts have no words, of which pieces are made");
    }
    if (characters.size() > room) {
      throw new IllegalArgumentException(
          "the texts have %d different characters, and a vocabulary of %d has room for %d: %d tokens"
                  .formatted(
                      characters.size(), vocabSize, room, vocabSize - room + characters.size())
              + " are needed at least");
    }
    Map<String, Double> pieces = finish(fit(words), characters, room);
    for (String special : specialTokens) {
      if (pieces.containsKey(special)) {
        throw new IllegalArgumentException(
            "the special token \"%s\" is also a piece of the texts: spell it otherwise"
                .formatted(special));
      }
    }
    write(definition, pieces);
    return TokenizerFiles.read(definition, TokenizerConfig.none());
  }

  private UnigramPieces fit(Map<String, Long> words) {
    UnigramPieces pieces = UnigramPieces.of(UnigramSeeds.find(words, maxPieceLength, seedSize));
    int desired = (int) ((long) vocabSize * ELEVEN_TENTHS / 10);
    while (true) {
      for (int i = 0; i < subIterations; i++) {
        pieces = pieces.improved(words);
      }
      if (pieces.size() <= desired) {
        return pieces;
      }
      int before = pieces.size();
      pieces = pieces.pruned(words, Math.max(desired, (int) (before * shrinkingFactor)));
      if (pieces.size() == before) {
        return pieces;
      }
    }
  }

  /** All characters, then the pieces in their order until the vocabulary is full; by score. */
  private static Map<String, Double> finish(
      UnigramPieces pieces, Iterable<String> characters, int room) {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (int id = 1; id < pieces.size(); id++) {
      scores.put(pieces.texts().get(id), pieces.scores()[id]);
    }
    Map<String, Double> chosen = new LinkedHashMap<>();
    double lost = pieces.lattice().leastScore();
    for (String character : characters) {
      Double score = scores.get(character);
      if (score == null) {
        score = lost;
        lost += STEP_OF_LOST_CHARACTERS;
      }
      chosen.put(character, score);
    }
    for (Map.Entry<String, Double> piece : scores.entrySet()) {
      if (chosen.size() == room) {
        break;
      }
      chosen.putIfAbsent(piece.getKey(), piece.getValue());
    }
    List<Map.Entry<String, Double>> sorted = new ArrayList<>(chosen.entrySet());
    sorted.sort(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()));
    Map<String, Double> result = new LinkedHashMap<>();
    sorted.forEach(piece -> result.put(piece.getKey(), piece.getValue()));
    return result;
  }

  private static ObjectNode definition() {
    ObjectNode definition = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    definition.putNull("truncation").putNull("padding").putNull("normalizer");
    definition.putNull("post_processor");
    definition.set("pre_tokenizer", metaspace());
    definition.set("decoder", metaspace());
    definition.putObject("model").put("type", "Unigram").put("unk_id", 0);
    return definition;
  }

  private static ObjectNode metaspace() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "Metaspace")
        .put("replacement", "\u2581")
        .put("prepend_scheme", "always")
        .put("split", true);
  }

  private void write(ObjectNode definition, Map<String, Double> pieces) {
    ObjectNode model = (ObjectNode) definition.get("model");
    ArrayNode vocab = model.putArray("vocab");
    ArrayNode added = definition.putArray("added_tokens");
    List<String> special = new ArrayList<>(List.of(unkToken));
    special.addAll(specialTokens);
    for (String token : special) {
      added.add(AddedToken.special(token, vocab.size()).toJson());
      vocab.addArray().add(token).add(0.0);
    }
    pieces.forEach((piece, score) -> vocab.addArray().add(piece).add(score));
    model.put("byte_fallback", false);
  }
}
