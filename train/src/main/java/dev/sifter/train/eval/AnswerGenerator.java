package dev.sifter.train.eval;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.TaskRun.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Answers prompts with generated text, in batches of prompts of like length. */
final class AnswerGenerator {
  private static final int MAX_SEQUENCES = 64;

  private final Generator generator;
  private final Tokenizer tokenizer;
  private final TextEncoder encoder;
  private final GenerationConfig base;
  private final int maxBatchTokens;
  private final int maxBatchSize;

  /** Hears each answer. */
  @FunctionalInterface
  interface AnswerListener {
    void answered(Request request, String text);
  }

  private record Prompt(Request request, int[] tokens) {}

  AnswerGenerator(Decoder decoder, Tokenizer tokenizer, TextEncoder encoder, EvalOptions options) {
    this.generator = new Generator(decoder, tokenizer);
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.base = options.generation();
    this.maxBatchTokens = options.maxBatchTokens();
    this.maxBatchSize = Math.min(MAX_SEQUENCES, options.maxBatchSize());
  }

  /** Gives every request its answers: as many as the task repeats. */
  void answer(LeafTask.Generation task, List<Request> requests, AnswerListener listener) {
    List<Prompt> prompts = new ArrayList<>();
    for (Request request : requests) {
      int[] tokens = encoder.prompt(request.context(), task.maxNewTokens());
      for (int r = 0; r < task.repeats(); r++) {
        prompts.add(new Prompt(request, tokens));
      }
    }
    int total = prompts.size();
    prompts.sort(Comparator.comparingInt((Prompt prompt) -> prompt.tokens.length).reversed());
    GenerationConfig config = config(task);
    int batchNumber = 0;
    for (int from = 0; from < total; batchNumber++) {
      int to = batchEnd(prompts, from, task.maxNewTokens());
      List<Prompt> batch = prompts.subList(from, to);
      // Streams are numbered within a batch, so every batch needs a seed of its own.
      GenerationConfig seeded =
          config.toBuilder().seed(base.seed() + 1_000_003L * batchNumber).build();
      List<Generation> answers =
          generator.generate(
              batch.stream().map(Prompt::tokens).toList(), seeded, GenerationListener.SILENT);
      for (int i = 0; i < batch.size(); i++) {
        listener.answered(batch.get(i).request, answers.get(i).text());
      }
      from = to;
    }
  }

  private int batchEnd(List<Prompt> prompts, int from, int maxNewTokens) {
    int tokens = 0;
    int to = from;
    while (to < prompts.size() && to - from < maxBatchSize) {
      tokens += prompts.get(to).tokens.length + maxNewTokens;
      if (to > from && tokens > maxBatchTokens) {
        break;
      }
      to++;
    }
    return to;
  }

  /** The task's own settings; of the model's, only what ends a text. */
  private GenerationConfig config(LeafTask.Generation task) {
    List<Integer> ends = new ArrayList<>(base.eosTokenIds());
    tokenizer.eosId().ifPresent(ends::add);
    double temperature = task.kwargs().path("temperature").asDouble(1);
    boolean sample = task.doSample() && temperature > 0;
    return GenerationConfig.of(task.kwargs()).toBuilder()
        .doSample(sample)
        .temperature(sample ? temperature : 1)
        .maxNewTokens(task.maxNewTokens())
        .eosTokenIds(ends)
        .stopStrings(task.until())
        .build();
  }
}
