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
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Generates text with a decoder. Prompts of different lengths share a batch without padding: each
 * has a slot of the key/value cache, and leaves the batch when it ends. The prompts go through the
 * model in one pass, then one token a sequence and pass.
 *
 * <pre>{@code
 * Generator generator = new Generator(decoder, tokenizer);
 * Generation answer = generator.generate(prompt, GenerationConfig.read(folder));
 * }</pre>
 */
public final class Generator {
  private final Decoder decoder;
  private final Tokenizer tokenizer;

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

  /**
   * Continues every prompt.
   *
   * @param prompts token ids, each at least one
   * @return in the order of the prompts
   * @throws IllegalArgumentException if a prompt is empty, holds an id that is no token's, or does
   *     not fit into the context with max_new_tokens; or if there are stop strings without a
   *     tokenizer
   */
  public List<Generation> generate(
      List<int[]> prompts, GenerationConfig config, GenerationListener listener) {
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
      run(sequences, prompts, config, capacity);
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
    int context = decoder.config().maxPositionEmbeddings();
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
    int wanted = Math.max(config.maxNewTokens(), 1);
    if (prompt.length > context - wanted) {
      throw new IllegalArgumentException(
          ("a prompt of %d tokens and %d new ones exceed the model's context of %d; shorten the"
                  + " prompt or lower max_new_tokens to %d")
              .formatted(prompt.length, wanted, context, Math.max(context - prompt.length, 0)));
    }
    return config.maxNewTokens() == 0 ? context : prompt.length + config.maxNewTokens();
  }

  private void run(
      List<GeneratedSequence> sequences,
      List<int[]> prompts,
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
      List<GeneratedSequence> running = sequences;
      List<int[]> input = prompts;
      while (!running.isEmpty()) {
        forward(cache, arena, running, input, logits);
        for (int s = 0; s < running.size(); s++) {
          GeneratedSequence sequence = running.get(s);
          sequence.append(sequence.choose(logits[s], processors, sampler));
        }
        running = running.stream().filter(sequence -> !sequence.finished()).toList();
        input = running.stream().map(sequence -> new int[] {sequence.lastToken()}).toList();
      }
    }
  }

  /** Feeds new tokens of each sequence; leaves the logits after its last one in its row. */
  private void forward(
      KvCache cache,
      TensorArena arena,
      List<GeneratedSequence> running,
      List<int[]> input,
      float[][] logits) {
    int[] slots = running.stream().mapToInt(GeneratedSequence::index).toArray();
    TokenBatch batch = cache.append(slots, input);
    int[] lastRows = new int[slots.length];
    int row = -1;
    for (int s = 0; s < slots.length; s++) {
      row += input.get(s).length;
      lastRows[s] = row;
    }
    Tape tape = Tape.inference(decoder.backend(), arena);
    try (Variable hidden = decoder.hidden(tape, batch, cache)) {
      decoder.logits(tape, hidden, lastRows, logits);
    }
    arena.clear();
  }
}
