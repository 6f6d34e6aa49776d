package dev.sifter.model.generate;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Generates text with a decoder. Prompts of different lengths share a batch without padding: each
 * has a slot of the key/value cache, or one for each of its answers or beams, and leaves the batch
 * when it ends. The prompts go through the model in one pass, then one token a sequence and pass.
 *
 * <pre>{@code
 * Generator generator = new Generator(decoder, tokenizer);
 * Generation answer = generator.generate(prompt, GenerationConfigReader.read(folder));
 * }</pre>
 */
public final class Generator {
  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private long tokensRead;

  /**
   * A generator over a model; neither is closed by it.
   *
   * @param tokenizer null where only ids are wanted, and no stop strings
   */
  public Generator(Decoder decoder, Tokenizer tokenizer) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
  }

  /** {@link #generate(List, GenerationConfig, GenerationListener)} for one prompt. */
  public Generation generate(int[] prompt, GenerationConfig config) {
    return generate(List.of(prompt), config, GenerationListener.SILENT).getFirst();
  }

  /** {@link #generate(PromptPrefix, List, GenerationConfig, GenerationListener)} without one. */
  public List<Generation> generate(
      List<int[]> prompts, GenerationConfig config, GenerationListener listener) {
    return generate(null, prompts, config, listener);
  }

  /**
   * Continues every prompt.
   *
   * @param prefix what prompts may begin with, already read; null for none
   * @param prompts token ids, each at least one, with the prefix
   * @param listener hears of a searched answer when it is found, of others as they come
   * @return in the order of the prompts; those of a prompt, as many as num_return_sequences, one
   *     after the other
   * @throws IllegalArgumentException if a prompt is empty, holds an id that is no token's, or does
   *     not fit into the context with max_new_tokens; if there are stop strings without a
   *     tokenizer; or if more answers are asked for than there are beams
   * @throws dev.sifter.model.ModelException if a search finds too few answers, or no token is left
   *     to draw
   */
  public List<Generation> generate(
      PromptPrefix prefix,
      List<int[]> prompts,
      GenerationConfig config,
      GenerationListener listener) {
    if (tokenizer == null && !config.stopStrings().isEmpty()) {
      throw new IllegalArgumentException("stop strings need a tokenizer");
    }
    if (prompts.isEmpty()) {
      return List.of();
    }
    List<GeneratedSequence> sequences = sequences(prompts, config, listener);
    int perPrompt = config.search().sequencesPerPrompt(config.doSample());
    int slots = prompts.size() * perPrompt;
    try (SequenceReader reader = reader(slots, sequences, config.rules().guidanceScale())) {
      for (int p = 0; p < prompts.size(); p++) {
        reader.take(prefix, p * perPrompt, prompts.get(p));
      }
      List<Generation> results =
          config.search().usesBeams(config.doSample())
              ? searched(sequences, config, listener, reader)
              : continued(sequences, config, reader);
      tokensRead += reader.tokensRead();
      return results;
    }
  }

  /**
   * What grows: an answer each, or where beams are used, a prompt that has the slots of its beams.
   */
  private List<GeneratedSequence> sequences(
      List<int[]> prompts, GenerationConfig config, GenerationListener listener) {
    Set<Integer> endTokens = endTokens(config);
    int perPrompt = config.search().sequencesPerPrompt(config.doSample());
    int step = config.search().usesBeams(config.doSample()) ? perPrompt : 1;
    List<GeneratedSequence> sequences = new ArrayList<>();
    for (int slot = 0; slot < prompts.size() * perPrompt; slot += step) {
      int[] prompt = prompts.get(slot / perPrompt);
      sequences.add(
          new GeneratedSequence(
              slot, prompt, limit(prompt, config), config, endTokens, tokenizer, listener));
    }
    return sequences;
  }

  /** End tokens, and the special tokens that a stop string spells. */
  private Set<Integer> endTokens(GenerationConfig config) {
    Set<Integer> ids = new HashSet<>(config.eosTokenIds());
    for (String stop : config.stopStrings()) {
      OptionalInt id = tokenizer.id(stop);
      if (id.isPresent() && tokenizer.isSpecial(id.getAsInt())) {
        ids.add(id.getAsInt());
      }
    }
    return ids;
  }

  /** Tokens that a sequence may have, prompt included. */
  private int limit(int[] prompt, GenerationConfig config) {
    int context = decoder.config().longestSequence();
    int vocabulary = decoder.config().vocabSize();
    if (prompt.length == 0) {
      throw new IllegalArgumentException(
          "an empty prompt: begin it with the token that begins a text");
    }
    for (int id : prompt) {
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "the prompt holds token %d, but the model has %d tokens: the tokenizer is not its own"
                .formatted(id, vocabulary));
      }
    }
    int newTokens = config.newTokens(prompt.length);
    int wanted = Math.max(newTokens, 1);
    if (prompt.length > context - wanted) {
      throw new IllegalArgumentException(
          ("a prompt of %d tokens and %d new ones exceed the model's context of %d; shorten the"
                  + " prompt or lower max_new_tokens to %d")
              .formatted(prompt.length, wanted, context, Math.max(context - prompt.length, 0)));
    }
    return newTokens == 0 ? context : prompt.length + newTokens;
  }

  private SequenceReader reader(
      int slots, List<GeneratedSequence> sequences, double guidanceScale) {
    int longest = 0;
    int longestAnswer = 0;
    for (GeneratedSequence sequence : sequences) {
      longest = Math.max(longest, sequence.limit());
      longestAnswer = Math.max(longestAnswer, sequence.limit() - sequence.promptLength());
    }
    Guidance guidance =
        guidanceScale == 1 ? null : new Guidance(guidanceScale, decoder, slots, longestAnswer);
    return new SequenceReader(decoder, slots, longest, guidance);
  }

  /** Grows each sequence by itself, a token at a time. */
  private List<Generation> continued(
      List<GeneratedSequence> sequences, GenerationConfig config, SequenceReader reader) {
    List<LogitsProcessor> processors = LogitsProcessor.of(config, decoder.config().vocabSize());
    TokenSampler sampler = new TokenSampler();
    readPrompts(sequences, config.search().sequencesPerPrompt(config.doSample()), reader);
    List<GeneratedSequence> running = sequences;
    while (true) {
      for (GeneratedSequence sequence : running) {
        sequence.append(sequence.choose(reader.logits(sequence.index()), processors, sampler));
      }
      running = running.stream().filter(sequence -> !sequence.finished()).toList();
      if (running.isEmpty()) {
        return sequences.stream().map(GeneratedSequence::result).toList();
      }
      reader.read(running.stream().map(GeneratedSequence::input).toList());
    }
  }

  /** Reads each prompt once, however many sequences begin with it. */
  private static void readPrompts(
      List<GeneratedSequence> sequences, int perPrompt, SequenceReader reader) {
    List<SequenceReader.Input> inputs = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i += perPrompt) {
      inputs.add(sequences.get(i).input());
    }
    reader.read(inputs);
    for (SequenceReader.Input input : inputs) {
      for (int other = 1; other < perPrompt; other++) {
        reader.copy(input.slot(), input.slot() + other, 0);
      }
    }
  }

  /** Searches answers to each prompt with beams. */
  private List<Generation> searched(
      List<GeneratedSequence> prompts,
      GenerationConfig config,
      GenerationListener listener,
      SequenceReader reader) {
    List<LogitsProcessor> processors = LogitsProcessor.of(config, decoder.config().vocabSize());
    int endTokens = endTokens(config).size();
    List<BeamSearch> searches = new ArrayList<>();
    for (GeneratedSequence prompt : prompts) {
      searches.add(new BeamSearch(prompt, config.search(), endTokens, processors, reader));
    }
    for (List<BeamSearch> running = searches; !running.isEmpty(); ) {
      reader.read(running.stream().flatMap(search -> search.inputs().stream()).toList());
      running.forEach(BeamSearch::step);
      running = running.stream().filter(search -> !search.finished()).toList();
    }
    List<Generation> results = new ArrayList<>();
    searches.forEach(search -> results.addAll(search.results(results.size(), listener)));
    return results;
  }

  /** Tokens that went through the model so far, those of prefixes not counted. */
  public long tokensRead() {
    return tokensRead;
  }
}
