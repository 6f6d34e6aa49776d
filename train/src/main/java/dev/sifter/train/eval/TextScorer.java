package dev.sifter.train.eval;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import dev.sifter.train.eval.SharedContextScorer.Family;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;

/**
 * Log-likelihoods of many texts. Texts go through the model packed, longest first, so that the
 * first batch takes the most memory. Continuations of the same context share its pass, and texts
 * that the model reads alike (choices of one token) share all of it. Logits live for a chunk of
 * rows only.
 */
final class TextScorer {
  /** Below this, copying keys and values costs more than reading the context again. */
  private static final int MIN_SHARED_CONTEXT = 16;

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
    List<Integer> alone = new ArrayList<>();
    List<Family> families = families(texts, alone);
    int done = 0;
    try (TensorArena arena = decoder.backend().newStepArena("evaluate")) {
      SharedContextScorer shared = new SharedContextScorer(decoder, arena, texts.size());
      for (List<Family> batch : batches(families, family -> family.cachedTokens(texts))) {
        shared.score(batch, texts, scores);
        done += batch.stream().mapToInt(family -> family.texts().size()).sum();
        progress.accept(done);
      }
      for (List<Shared> batch : batches(sharing(texts, alone), same -> same.tokens.length)) {
        done += run(batch, texts, scores, arena);
        progress.accept(done);
      }
    }
    return List.of(scores);
  }

  /** Texts that share a long context with others; adds the rest to {@code alone}. */
  private static List<Family> families(List<ScoredText> texts, List<Integer> alone) {
    Map<IntBuffer, List<Integer>> byContext = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      ScoredText text = texts.get(i);
      byContext
          .computeIfAbsent(
              IntBuffer.wrap(text.tokens(), 0, text.firstRow() + 1), key -> new ArrayList<>())
          .add(i);
    }
    List<Family> families = new ArrayList<>();
    byContext.forEach(
        (context, members) -> {
          boolean differ =
              members.stream().anyMatch(i -> texts.get(i).targets().length > 1)
                  && members.size() > 1;
          if (differ && context.remaining() >= MIN_SHARED_CONTEXT) {
            int[] tokens = texts.get(members.getFirst()).tokens();
            families.add(new Family(Arrays.copyOf(tokens, context.remaining()), members));
          } else {
            alone.addAll(members);
          }
        });
    return families;
  }

  /** Texts by the tokens that are read; in the order of the texts. */
  private static List<Shared> sharing(List<ScoredText> texts, List<Integer> members) {
    Map<IntBuffer, Shared> byTokens = new LinkedHashMap<>();
    for (int i : members) {
      int[] tokens = texts.get(i).tokens();
      byTokens
          .computeIfAbsent(IntBuffer.wrap(tokens), key -> new Shared(tokens, new ArrayList<>()))
          .texts
          .add(i);
    }
    return List.copyOf(byTokens.values());
  }

  /** Longest first, as many together as the cap on tokens allows, at least one. */
  private <T> List<List<T>> batches(List<T> items, ToIntFunction<T> tokens) {
    List<T> sorted = new ArrayList<>(items);
    sorted.sort(Comparator.comparingInt(tokens).reversed());
    List<List<T>> batches = new ArrayList<>();
    int inBatch = 0;
    for (T item : sorted) {
      inBatch += tokens.applyAsInt(item);
      if (batches.isEmpty() || inBatch > maxBatchTokens) {
        batches.add(new ArrayList<>());
        inBatch = tokens.applyAsInt(item);
      }
      batches.getLast().add(item);
    }
    return batches;
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
      loss = decoder.loss(tape, hidden, rows, targets, 1);
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
