package dev.sifter.train.eval;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.generate.PromptPrefix;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.TaskRun.Request;
import dev.sifter.train.eval.score.Family;
import dev.sifter.train.eval.score.PrefixGroup;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.task.LeafTask;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Answers prompts with generated text, in batches of prompts of like length. What many of them
 * begin with, such as their examples, is read once.
 */
final class AnswerGenerator {
  private static final int MAX_SEQUENCES = 64;

  /** Keys and values may take as much memory as the weights, and this much in any case. */
  private static final long MIN_CACHE_BYTES = 1L << 30;

  private final Decoder decoder;
  private final Generator generator;
  private final Tokenizer tokenizer;
  private final TextEncoder encoder;
  private final GenerationConfig base;
  private final int maxBatchTokens;
  private final int maxBatchSize;
  private final long maxCachedTokens;
  private long prefixTokens;

  /** Hears each answer. */
  @FunctionalInterface
  interface AnswerListener {
    void answered(Request request, String text);
  }

  private record Prompt(Request request, int[] tokens) {}

  AnswerGenerator(Decoder decoder, Tokenizer tokenizer, TextEncoder encoder, EvalOptions options) {
    this.decoder = decoder;
    this.generator = new Generator(decoder, tokenizer);
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.base = options.generation();
    this.maxBatchTokens = options.maxBatchTokens();
    this.maxBatchSize = Math.min(MAX_SEQUENCES, options.maxBatchSize());
    this.maxCachedTokens = maxCachedTokens(decoder);
  }

  private static long maxCachedTokens(Decoder decoder) {
    int bytes = decoder.parameters().activationType().bytes();
    long cache = Math.max(MIN_CACHE_BYTES, decoder.parameterCount() * bytes);
    return cache / KvCache.bytesPerToken(decoder.config(), bytes);
  }

  /** Gives every request its answers: as many as the task repeats. */
  void answer(LeafTask.Generation task, List<Request> requests, AnswerListener listener) {
    List<Prompt> prompts = new ArrayList<>();
    List<Family> families = new ArrayList<>();
    for (Request request : requests) {
      int[] tokens = encoder.prompt(request.context(), task.maxNewTokens());
      for (int r = 0; r < task.repeats(); r++) {
        families.add(new Family(tokens, tokens.length - 1, List.of(prompts.size())));
        prompts.add(new Prompt(request, tokens));
      }
    }
    Batches batches = new Batches(task, listener);
    List<Family> alone = new ArrayList<>();
    for (PrefixGroup group : PrefixGroup.of(families, alone)) {
      try (PromptPrefix prefix = new PromptPrefix(decoder, group.prefix())) {
        prefixTokens += group.length();
        batches.answer(prefix, group.length(), members(group.families(), prompts));
      }
    }
    batches.answer(null, 0, members(alone, prompts));
  }

  private static List<Prompt> members(List<Family> families, List<Prompt> prompts) {
    return families.stream().map(family -> prompts.get(family.texts().getFirst())).toList();
  }

  /** One task's prompts, batch by batch. */
  private final class Batches {
    private final LeafTask.Generation task;
    private final GenerationConfig config;
    private final AnswerListener listener;
    private int done;

    Batches(LeafTask.Generation task, AnswerListener listener) {
      this.task = task;
      this.config = settings(task);
      this.listener = listener;
    }

    /** Longest first, so that the first batch takes the most memory. */
    void answer(PromptPrefix prefix, int read, List<Prompt> members) {
      List<Prompt> prompts = new ArrayList<>(members);
      prompts.sort(Comparator.comparingInt((Prompt prompt) -> prompt.tokens.length).reversed());
      for (int from = 0; from < prompts.size(); ) {
        int to = batchEnd(prompts, from, read);
        List<Prompt> batch = prompts.subList(from, to);
        // Streams are numbered within a batch, so every batch needs a seed of its own.
        GenerationConfig seeded =
            config.toBuilder().seed(base.seed() + 1_000_003L * done++).build();
        List<Generation> answers =
            generator.generate(
                prefix,
                batch.stream().map(Prompt::tokens).toList(),
                seeded,
                GenerationListener.SILENT);
        for (int i = 0; i < batch.size(); i++) {
          listener.answered(batch.get(i).request, answers.get(i).text());
        }
        from = to;
      }
    }

    /**
     * Prompts go through in one pass, and their keys and values stay until all have their answers.
     *
     * @param read tokens of each prompt that have been read before
     */
    private int batchEnd(List<Prompt> prompts, int from, int read) {
      // The cache has room for the longest in every sequence; that comes first.
      int capacity = prompts.get(from).tokens.length + config.maxNewTokens();
      int perPrompt = config.search().sequencesPerPrompt(config.doSample());
      long tokens = 0;
      int to = from;
      while (to < prompts.size() && to - from < maxBatchSize) {
        tokens += prompts.get(to).tokens.length - read;
        long sequences = (to + 1L - from) * perPrompt;
        boolean fits = tokens <= maxBatchTokens && sequences * capacity <= maxCachedTokens;
        if (to > from && !(fits && sequences <= MAX_SEQUENCES)) {
          break;
        }
        to++;
      }
      return to;
    }
  }

  /**
   * All that the answers to a task depend on but the seed: the model's settings with the task's
   * over them, key by key, as transformers' generate fills what a call leaves out. Whether tokens
   * are drawn, how many there are and which texts end an answer, the task alone says.
   */
  GenerationConfig settings(LeafTask.Generation task) {
    List<Integer> ends = new ArrayList<>(base.eosTokenIds());
    tokenizer.eosId().ifPresent(ends::add);
    double temperature = task.kwargs().path("temperature").asDouble(1);
    boolean sample = task.doSample() && temperature > 0;
    GenerationConfig greedy =
        base.toBuilder().doSample(false).search(base.search().onlyBest()).build();
    return GenerationConfigReader.over(greedy, task.kwargs()).toBuilder()
        .doSample(sample)
        .temperature(sample ? temperature : 1)
        .maxNewTokens(task.maxNewTokens())
        .eosTokenIds(ends)
        .stopStrings(task.until())
        .seed(0)
        .build();
  }

  /** Tokens that went through the model in all. */
  long tokensRead() {
    return prefixTokens + generator.tokensRead();
  }
}
