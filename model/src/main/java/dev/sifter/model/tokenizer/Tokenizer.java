package dev.sifter.model.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Text to token ids and back, exactly as Hugging Face's {@code tokenizers} does it.
 *
 * <p>Immutable and safe for use by any number of threads. Known differences from that library:
 *
 * <ul>
 *   <li>An id without a token is refused, not skipped.
 *   <li>A token that is looked for in normalised text keeps its spelling when decoding, and stays
 *       special (from 0.22 on the library decodes the normalised spelling, and forgets that it was
 *       special).
 *   <li>Character classes outside regular expressions (BERT's, Punctuation, StripAccents) and
 *       normal forms know Unicode 16, where the library's tables are older.
 *   <li>Where offsets are trimmed, the unknown token of a Unigram model counts by its spelling,
 *       there by the text that it stands for; an unknown token that is also an added one, and takes
 *       white space along, the other way around.
 *   <li>A Prepend of nothing, and bytes of a word's prefix or suffix that fall back, leave offsets
 *       within the text.
 * </ul>
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizer.load(Path.of("model"));
 * Encoding encoding = tokenizer.encode("Hello world", true);
 * String text = tokenizer.decode(encoding.ids(), true);
 * }</pre>
 */
public final class Tokenizer {
  private final ObjectNode definition;
  private final TokenizerConfig config;
  private final AddedTokens addedTokens;
  private final TokenModel model;
  private final Encoder encoder;
  private final Decoder decoder;
  private final Map<String, String> specialTokensMap;
  private final SpecialTokens specialTokens;
  private final int vocabSize;

  /**
   * A tokenizer of a parsed definition.
   *
   * @param definition {@code tokenizer.json} without vocabulary, merges and added tokens
   * @param config its configuration, which names the special tokens
   */
  Tokenizer(
      ObjectNode definition,
      TokenizerConfig config,
      TokenModel model,
      List<AddedToken> addedTokens) {
    this.definition = definition;
    this.config = config;
    this.model = model;
    JsonAt root = new JsonAt(definition, "");
    Normalizer normalizer = Normalizer.parse(root.get("normalizer"));
    this.addedTokens = new AddedTokens(addedTokens, normalizer);
    encoder =
        new Encoder(
            this.addedTokens,
            normalizer,
            PreTokenizer.parse(root.get("pre_tokenizer")),
            model,
            PostProcessor.parse(root.get("post_processor")));
    decoder = Decoder.parse(root.get("decoder"));
    int bound = model.vocabulary().idBound();
    while (bound > 0 && model.vocabulary().token(bound - 1) == null) {
      bound--;
    }
    for (AddedToken token : addedTokens) {
      bound = Math.max(bound, token.id() + 1);
    }
    vocabSize = bound;
    specialTokensMap = Collections.unmodifiableMap(config.names());
    specialTokens =
        new SpecialTokens(
            role("bos_token"), role("eos_token"), role("pad_token"), role("unk_token"));
  }

  /**
   * Loads a tokenizer.
   *
   * <p>What {@code tokenizer.json} says holds, of normaliser, pre-tokenizer and tokens around a
   * text too: the model was trained with it. transformers 5 does the same for {@code
   * PreTrainedTokenizerFast}; for classes such as {@code LlamaTokenizer}, {@code GPT2Tokenizer} and
   * {@code Qwen2Tokenizer} it takes vocabulary and merges from the file and builds the rest anew,
   * so that ids can differ. {@code add_bos_token} and {@code add_eos_token} count for a folder with
   * {@code tokenizer.model} only, and there {@code add_prefix_space} and {@code legacy} too where
   * {@code tokenizer_class} is {@code LlamaTokenizer}.
   *
   * <p>Special tokens are read as transformers 5 reads them: {@code special_tokens_map.json} and
   * {@code added_tokens.json} count where the configuration has no {@code added_tokens_decoder}.
   *
   * @param folderOrFile a model folder with {@code tokenizer.json} (or SentencePiece's or
   *     tiktoken's {@code tokenizer.model}), and perhaps {@code tokenizer_config.json} and the two
   *     older files; or one of the first three alone
   * @throws TokenizerException if a file is malformed, contradicts itself or asks for a component
   *     that is not supported; the message names the file and the key path
   * @throws java.io.UncheckedIOException if a file cannot be read
   */
  public static Tokenizer load(Path folderOrFile) {
    return TokenizerFiles.load(folderOrFile);
  }

  /**
   * Loads a vocabulary file of tiktoken.
   *
   * @param splitRegex how text is cut before merging, which the file does not say, in Oniguruma's
   *     syntax, such as {@link BpeTrainer#WORDS}
   * @param specialTokens get the ids after the file's
   * @throws TokenizerException if the file is malformed
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static Tokenizer loadTiktoken(Path file, String splitRegex, List<String> specialTokens) {
    return TokenizerFiles.loadTiktoken(file, splitRegex, specialTokens);
  }

  /**
   * Tokenises a text. Unpaired surrogates count as U+FFFD.
   *
   * @param addSpecialTokens whether the post-processor adds its tokens, such as the one that begins
   *     a text; special tokens that are written in the text are found either way
   */
  public Encoding encode(String text, boolean addSpecialTokens) {
    return encoder.encode(text, addSpecialTokens);
  }

  /**
   * The text of token ids.
   *
   * @param skipSpecialTokens whether to leave special tokens out
   * @throws IllegalArgumentException if an id is no token's
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    StreamingDecoder stream = streamingDecoder(skipSpecialTokens);
    for (int id : ids) {
      stream.feed(id);
    }
    return stream.finish();
  }

  /** A decoder for ids that come one at a time; special tokens are left out. */
  public StreamingDecoder streamingDecoder() {
    return streamingDecoder(true);
  }

  /** A decoder for ids that come one at a time. */
  public StreamingDecoder streamingDecoder(boolean skipSpecialTokens) {
    return new StreamingDecoder(this, decoder, skipSpecialTokens);
  }

  /**
   * One more than the largest id, added tokens included: the least number of embedding rows. Equal
   * to the number of tokens where ids have no gaps.
   */
  public int vocabSize() {
    return vocabSize;
  }

  /** The id of a token by its spelling in the vocabulary, if it has one. */
  public OptionalInt id(String token) {
    AddedToken added = addedTokens.get(token);
    int id = added != null ? added.id() : model.vocabulary().id(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * The token with this id, as the vocabulary spells it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public String token(int id) {
    AddedToken added = addedTokens.get(id);
    String token = added != null ? added.content() : model.vocabulary().token(id);
    if (token == null) {
      throw new IllegalArgumentException(
          "no token has id %d; ids go from 0 to %d".formatted(id, vocabSize - 1));
    }
    return token;
  }

  /** Whether the id is that of a special token, which a decoder may leave out. */
  public boolean isSpecial(int id) {
    AddedToken added = addedTokens.get(id);
    return added != null && added.special();
  }

  /** The tokens that the configuration names by role. */
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /**
   * The special tokens by the names that chat templates have for them: {@code bos_token} and all
   * other roles, then the model's own, such as {@code image_token}.
   */
  public Map<String, String> specialTokensMap() {
    return specialTokensMap;
  }

  /** The id of the token that begins a text, if one is named. */
  public OptionalInt bosId() {
    return idOf(specialTokens.bos());
  }

  /** The id of the token that ends a text, if one is named. */
  public OptionalInt eosId() {
    return idOf(specialTokens.eos());
  }

  /** The id of the token that fills short rows, if one is named. */
  public OptionalInt padId() {
    return idOf(specialTokens.pad());
  }

  /** The id of the token for unknown text, if one is named. */
  public OptionalInt unkId() {
    return idOf(specialTokens.unk());
  }

  private static OptionalInt idOf(Optional<SpecialTokens.Token> token) {
    return token.isPresent() ? OptionalInt.of(token.get().id()) : OptionalInt.empty();
  }

  private Optional<SpecialTokens.Token> role(String name) {
    String content = specialTokensMap.get(name);
    if (content == null || id(content).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new SpecialTokens.Token(content, id(content).getAsInt()));
  }

  /**
   * This tokenizer with more special tokens. Those that are new get the next ids, in order; those
   * that the vocabulary has keep theirs, and become special. One that is special already stays as
   * it is, with the white space that it takes along.
   */
  public Tokenizer withAddedTokens(List<String> specials) {
    List<AddedToken> tokens = new ArrayList<>(addedTokens.all());
    int next = vocabSize;
    for (String special : specials) {
      if (special.isEmpty()) {
        throw new IllegalArgumentException("an added token must not be empty");
      }
      Predicate<AddedToken> isThis = token -> token.content().equals(special);
      if (tokens.stream().anyMatch(isThis.and(AddedToken::special))) {
        continue;
      }
      OptionalInt known = id(special);
      tokens.removeIf(isThis);
      tokens.add(AddedToken.special(special, known.isPresent() ? known.getAsInt() : next++));
    }
    tokens.sort((a, b) -> Integer.compare(a.id(), b.id()));
    return new Tokenizer(definition, config, model, tokens);
  }

  /**
   * This tokenizer with another token in a role; a token that is new is added.
   *
   * @param role {@code bos_token}, {@code eos_token}, {@code pad_token} or {@code unk_token}
   */
  public Tokenizer withSpecialToken(String role, String token) {
    if (!List.of("bos_token", "eos_token", "pad_token", "unk_token").contains(role)) {
      throw new IllegalArgumentException(
          "\"%s\" is no role; roles are bos_token, eos_token, pad_token, unk_token"
              .formatted(role));
    }
    List<AddedToken> tokens = withAddedTokens(List.of(token)).addedTokens.all();
    return new Tokenizer(definition, config.with(role, token), model, tokens);
  }

  /** This tokenizer with other tokens around a text. */
  Tokenizer withPostProcessor(ObjectNode processor) {
    ObjectNode changed = definition.deepCopy().set("post_processor", processor);
    return new Tokenizer(changed, config, model, addedTokens.all());
  }

  /** SHA-256 over all that decides which ids a text gets: equal for tokenizers that are equal. */
  public String fingerprint() {
    return TokenizerFiles.fingerprint(definition, config, model, addedTokens.all());
  }

  /**
   * Writes {@code tokenizer.json} and {@code tokenizer_config.json}, which say all that {@code
   * special_tokens_map.json} and {@code added_tokens.json} do: these are removed.
   *
   * @throws java.io.UncheckedIOException if they cannot be written
   */
  public void save(Path folder) {
    TokenizerFiles.save(folder, definition, config, model, addedTokens.all());
  }
}
