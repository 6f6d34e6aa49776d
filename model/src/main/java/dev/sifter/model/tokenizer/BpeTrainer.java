package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Trains a byte-level BPE tokenizer, with the merges that Hugging Face's {@code BpeTrainer} finds
 * for the same settings and text.
 *
 * <p>The vocabulary is, in order: special tokens, the alphabet by code point, then one token for
 * each merge. The next merge is the most frequent pair of neighbours; of several, the one whose
 * left id, then right id, is smallest.
 *
 * @param vocabSize number of tokens to stop at
 * @param minFrequency pairs that occur less often are not merged
 * @param specialTokens tokens that get the first ids and are never split; may be empty
 * @param initialByteAlphabet whether all 256 bytes are in the vocabulary, also those that the text
 *     lacks. Without it, such bytes cannot be encoded
 * @param splitRegexes how to cut text into words that merges do not cross: expressions in
 *     Oniguruma's syntax, each of which cuts what the one before has left
 */
public record BpeTrainer(
    int vocabSize,
    long minFrequency,
    List<String> specialTokens,
    boolean initialByteAlphabet,
    List<String> splitRegexes) {

  /** GPT-2's words: a contraction's end, letters or digits or marks after a space, white space. */
  public static final String WORDS = PreTokenizer.GPT2;

  /** Every digit by itself, so that numbers are spelled, not learned. */
  public static final String DIGITS = "\\p{N}";

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if the vocabulary size is not positive or too large, or a
   *     special token is empty
   */
  public BpeTrainer {
    if (vocabSize < 1 || vocabSize > Vocabulary.MAX_ID) {
      throw new IllegalArgumentException(
          "a vocabulary of %d tokens; it must have from 1 to %d"
              .formatted(vocabSize, Vocabulary.MAX_ID));
    }
    specialTokens = List.copyOf(specialTokens);
    splitRegexes = List.copyOf(splitRegexes);
    if (specialTokens.contains("")) {
      throw new IllegalArgumentException("a special token must not be empty");
    }
  }

  /** A trainer with the whole byte alphabet and GPT-2's words. */
  public BpeTrainer(int vocabSize, long minFrequency, List<String> specialTokens) {
    this(vocabSize, minFrequency, specialTokens, true, List.of(WORDS));
  }

  /** Trains on the given texts. */
  public Tokenizer train(Iterable<String> texts) {
    ObjectNode definition = byteLevelDefinition(splitRegexes);
    PreTokenizer preTokenizer = PreTokenizer.parse(new JsonAt(definition, "").get("pre_tokenizer"));
    Map<String, Long> words = WordCounts.of(texts, preTokenizer);
    BpeMergeSearch search = new BpeMergeSearch(specialTokens, alphabet(words.keySet()));
    search.setWords(words);
    search.run(vocabSize, minFrequency);
    writeModel((ObjectNode) definition.get("model"), search);
    ArrayNode added = definition.putArray("added_tokens");
    for (String special : specialTokens) {
      added.add(AddedToken.special(special, search.id(special)).toJson());
    }
    return TokenizerFiles.read(definition, TokenizerConfig.none());
  }

  private Iterable<Character> alphabet(Iterable<String> words) {
    TreeSet<Character> alphabet = new TreeSet<>();
    if (initialByteAlphabet) {
      for (int b = 0; b < 256; b++) {
        alphabet.add(ByteAlphabet.toChar(b));
      }
    }
    for (String word : words) {
      for (int i = 0; i < word.length(); i++) {
        alphabet.add(word.charAt(i));
      }
    }
    return alphabet;
  }

  /** A byte-level definition without vocabulary, which cuts text with the given expressions. */
  static ObjectNode byteLevelDefinition(List<String> splitRegexes) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    ObjectNode definition = nodes.objectNode().put("version", "1.0");
    definition.putNull("truncation").putNull("padding").putNull("normalizer");
    if (splitRegexes.equals(List.of(WORDS))) {
      definition.set("pre_tokenizer", byteLevel(true));
    } else {
      ObjectNode sequence = definition.putObject("pre_tokenizer").put("type", "Sequence");
      ArrayNode steps = sequence.putArray("pretokenizers");
      for (String splitRegex : splitRegexes) {
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", splitRegex);
        split.put("behavior", "Isolated").put("invert", false);
      }
      steps.add(byteLevel(false));
    }
    definition.set("post_processor", byteLevel(true).put("trim_offsets", false));
    definition.set("decoder", byteLevel(true));
    ObjectNode model = definition.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    return definition;
  }

  private static ObjectNode byteLevel(boolean useRegex) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", useRegex);
  }

  private static void writeModel(ObjectNode model, BpeMergeSearch search) {
    ObjectNode vocab = model.putObject("vocab");
    List<String> tokens = search.tokens();
    for (int id = 0; id < tokens.size(); id++) {
      vocab.put(tokens.get(id), id);
    }
    ArrayNode merges = model.putArray("merges");
    for (long pair : search.merges()) {
      merges.addArray().add(tokens.get((int) (pair >>> 32))).add(tokens.get((int) pair));
    }
  }
}
