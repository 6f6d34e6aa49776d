package dev.sifter.train.eval;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Log-likelihoods of many texts. Texts go through the model packed, longest first, so that the
 * first batch takes the most memory; texts that the model reads alike (choices of one token) share
 * a pass. Logits live for a chunk of rows only.
 */
final class TextScorer {
  private final Decoder decoder;
  private final int maxBatchTokens;

  /** Texts with the same tokens to read; what is scored of each may begin at another row. */
  private record Shared(int[] tokens, List<Integer> texts) {}

  TextScorer(Decoder decoder, int maxBatchTokens) {
    this.decoder = decoder;
    this.maxBatchTokens = maxBatchTokens;
  }

  /**
   * Scores texts.
   *
   * @param progress hears how many are done
   * @return in the order of the texts
   */
  List<LogLikelihood> score(List<ScoredText> texts, IntConsumer progress) {
    LogLikelihood[] scores = new LogLikelihood[texts.size()];
    List<Shared> batch = new ArrayList<>();
    int tokens = 0;
    int done = 0;
    try (TensorArena arena = decoder.backend().newStepArena("evaluate")) {
      for (Shared shared : longestFirst(texts)) {
        if (!batch.isEmpty() && tokens + shared.tokens.length > maxBatchTokens) {
          done += run(batch, texts, scores, arena);
          progress.accept(done);
          batch.clear();
          tokens = 0;
        }
        batch.add(shared);
        tokens += shared.tokens.length;
      }
      if (!batch.isEmpty()) {
        done += run(batch, texts, scores, arena);
        progress.accept(done);
      }
    }
    return List.of(scores);
  }

  private static List<Shared> longestFirst(List<ScoredText> texts) {
    Map<IntBuffer, Shared> byTokens = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      int[] tokens = texts.get(i).tokens();
      byTokens
          .computeIfAbsent(IntBuffer.wrap(tokens), key -> new Shared(tokens, new ArrayList<>()))
          .texts
          .add(i);
    }
    List<Shared> sorted = new ArrayList<>(byTokens.values());
    sorted.sort(Comparator.comparingInt((Shared shared) -> shared.tokens.length).reversed());
    return sorted;
  }

  /** One pass; returns how many texts it scored. */
  private int run(
      List<Shared> batch, List<ScoredText> texts, LogLikelihood[] scores, TensorArena arena) {
    int count =
        batch.stream()
            .flatMap(shared -> shared.texts.stream())
            .mapToInt(text -> texts.get(text).targets().length)
            .sum();
    int[] rows = new int[count];
    int[] targets = new int[count];
    int at = 0;
    int start = 0;
    for (Shared shared : batch) {
      for (int text : shared.texts) {
        ScoredText scored = texts.get(text);
        for (int i = 0; i < scored.targets().length; i++) {
          rows[at] = start + scored.firstRow() + i;
          targets[at++] = scored.targets()[i];
        }
      }
      start += shared.tokens.length;
    }
    Tape tape = Tape.inference(decoder.backend(), arena);
    TokenBatch tokens = TokenBatch.of(batch.stream().map(Shared::tokens).toList());
    LinearCrossEntropy.Loss loss;
    try (Variable hidden = decoder.hidden(tape, tokens, null)) {
      loss =
          LinearCrossEntropy.apply(
              tape, hidden, decoder.headWeight(), decoder.head(), rows, targets, 1);
    }
    arena.clear();
    return collect(batch, texts, targets, loss, scores);
  }

  private static int collect(
      List<Shared> batch,
      List<ScoredText> texts,
      int[] targets,
      LinearCrossEntropy.Loss loss,
      LogLikelihood[] scores) {
    int at = 0;
    int done = 0;
    for (Shared shared : batch) {
      for (int text : shared.texts) {
        double sum = 0;
        boolean greedy = true;
        for (int i = 0; i < texts.get(text).targets().length; i++, at++) {
          sum -= loss.rowLoss()[at];
          greedy &= loss.rowArgMax()[at] == targets[at];
        }
        scores[text] = new LogLikelihood(sum, greedy);
        done++;
      }
    }
    return done;
  }
}
