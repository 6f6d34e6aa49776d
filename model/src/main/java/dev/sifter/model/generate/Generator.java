package dev.sifter.model.generate;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Generates text with a decoder. Prompts of different lengths share a batch without padding: each
 * has a slot of the key/value cache, and leaves the batch when it ends. The prompts go through the
 * model in one pass, then one token a sequence and pass. No sequence depends on the others: where
 * the angles of positions depend on a length, those of other angles have a pass of their own.
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
   * @return in the order of the prompts
   * @throws IllegalArgumentException if a prompt is empty, holds an id that is no token's, or does
   *     not fit into the context with max_new_tokens; or if there are stop strings without a
   *     tokenizer
   */
  public List<Generation> generate(
      PromptPrefix prefix,
      List<int[]> prompts,
      GenerationConfig config,
      GenerationListener listener) {
    if (tokenizer == null && !config.stopStrings().isEmpty()) {
      throw new IllegalArgumentException("stop strings need a tokenizer");
    }
    List<GeneratedSequence> sequences = new ArrayList<>();
    int capacity = 0;
    Set<Integer> endTokens = endTokens(config);
    for (int[] prompt : prompts) {
      int limit = limit(prompt, config);
      capacity = Math.max(capacity, limit);
      sequences.add(
          new GeneratedSequence(
              sequences.size(), prompt, limit, config, endTokens, tokenizer, listener));
    }
    if (!prompts.isEmpty()) {
      run(prefix, sequences, config, capacity);
    }
    return sequences.stream().map(GeneratedSequence::result).toList();
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

  private void run(
      PromptPrefix prefix,
      List<GeneratedSequence> sequences,
      GenerationConfig config,
      int capacity) {
    Backend backend = decoder.backend();
    List<LogitsProcessor> processors = LogitsProcessor.of(config, decoder.config().vocabSize());
    TokenSampler sampler = new TokenSampler();
    float[][] logits = new float[sequences.size()][decoder.config().vocabSize()];
    // The last token is never fed back, so the cache need not hold it.
    int slots = sequences.size();
    try (KvCache cache =
            new KvCache(
                decoder.config(),
                backend,
                decoder.parameters().activationType(),
                slots,
                capacity - 1);
        TensorArena arena = backend.newStepArena("generate")) {
      for (GeneratedSequence sequence : sequences) {
        if (prefix != null && prefix.isSharedBy(sequence.tokensFrom(0))) {
          prefix.copyTo(cache, sequence.index());
        }
      }
      List<GeneratedSequence> running = sequences;
      while (!running.isEmpty()) {
        for (List<GeneratedSequence> alike : byAngles(running)) {
          forward(cache, arena, alike, logits);
        }
        for (GeneratedSequence sequence : running) {
          sequence.append(sequence.choose(logits[sequence.index()], processors, sampler));
        }
        running = running.stream().filter(sequence -> !sequence.finished()).toList();
      }
    }
  }

  /** Sequences whose positions have the same angles: all, unless these depend on the length. */
  private Collection<List<GeneratedSequence>> byAngles(List<GeneratedSequence> running) {
    return running.stream()
        .collect(
            Collectors.groupingBy(
                sequence -> decoder.config().angleRegime(sequence.length()),
                TreeMap::new,
                Collectors.toList()))
        .values();
  }

  /** Feeds what is not cached of each sequence; leaves the logits after its last token. */
  private void forward(
      KvCache cache, TensorArena arena, List<GeneratedSequence> sequences, float[][] logits) {
    int[] slots = sequences.stream().mapToInt(GeneratedSequence::index).toArray();
    List<int[]> input = new ArrayList<>();
    int[] lastRows = new int[slots.length];
    float[][] targets = new float[slots.length][];
    int row = -1;
    for (int s = 0; s < slots.length; s++) {
      GeneratedSequence sequence = sequences.get(s);
      if (!decoder.config().keepsKeys(cache.length(slots[s]), sequence.length())) {
        cache.truncate(slots[s], 0);
      }
      input.add(sequence.tokensFrom(cache.length(slots[s])));
      row += input.getLast().length;
      lastRows[s] = row;
      targets[s] = logits[slots[s]];
    }
    TokenBatch batch = cache.append(slots, input);
    tokensRead += batch.size();
    Tape tape = Tape.inference(decoder.backend(), arena);
    try (Variable hidden = decoder.hidden(tape, batch, cache)) {
      decoder.logits(tape, hidden, lastRows, targets);
    }
    arena.clear();
  }

  /** Tokens that went through the model so far, those of prefixes not counted. */
  public long tokensRead() {
    return tokensRead;
  }
}
