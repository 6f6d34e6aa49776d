package dev.sifter.train.eval.score;

import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.TokenBatch;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Log-likelihoods of many texts, in as few tokens through the model as is worth while: what many
 * questions begin with is read once, a question is read once for all its continuations, and texts
 * that the model reads alike (choices of one token) share everything. All others go through packed,
 * without padding. Longest first, so that the first batch takes the most memory.
 *
 * <p>A score does not depend on the texts beside it: those of a length that gives positions other
 * angles (LongRoPE, dynamic scaling) are read whole, and only with others of such a length.
 */
public final class TextScorer {
  /** Below this, keeping keys and values costs more than reading the context again. */
  private static final int MIN_SHARED_CONTEXT = 4;

  private final Decoder decoder;
  private final int maxBatchTokens;
  private final int maxBatchSize;
  private long tokensRead;

  /**
   * A scorer.
   *
   * @param maxBatchTokens tokens of a pass at most, unless one text has more
   * @param maxBatchSize texts, or questions with their continuations, of a pass at most
   */
  public TextScorer(Decoder decoder, int maxBatchTokens, int maxBatchSize) {
    this.decoder = decoder;
    this.maxBatchTokens = maxBatchTokens;
    this.maxBatchSize = maxBatchSize;
  }

  /** Scores texts; the listener hears of each once. */
  public void score(List<ScoredText> texts, ScoreListener listener) {
    try (TensorArena arena = decoder.backend().newStepArena("evaluate")) {
      ModelPass pass = new ModelPass(decoder, arena, texts.size());
      score(texts, pass, listener);
      tokensRead += pass.tokensRead();
    }
  }

  private void score(List<ScoredText> texts, ModelPass pass, ScoreListener listener) {
    try (SharedContextScorer shared =
        new SharedContextScorer(decoder, pass, texts, maxBatchTokens, maxBatchSize, listener)) {
      List<Integer> alone = new ArrayList<>();
      List<Family> families = new ArrayList<>();
      for (Family family : Family.of(texts)) {
        if (regime(family.longest(texts)) == regime(1)) {
          families.add(family);
        } else {
          alone.addAll(family.texts());
        }
      }
      List<Family> unlike = new ArrayList<>();
      for (PrefixGroup group : PrefixGroup.of(families, unlike)) {
        shared.score(group);
      }
      List<Family> withChoices = new ArrayList<>();
      for (Family family : unlike) {
        if (family.sharesContext(texts) && family.context().length >= MIN_SHARED_CONTEXT) {
          withChoices.add(family);
        } else {
          alone.addAll(family.texts());
        }
      }
      shared.score(withChoices);
      for (List<List<Integer>> batch :
          batches(readAlike(texts, alone), same -> texts.get(same.getFirst()).tokens().length)) {
        scorePacked(pass, batch, texts, listener);
      }
    }
  }

  private long regime(int length) {
    return decoder.config().angleRegime(length);
  }

  /** Texts by the tokens that are read; what is scored of each may begin at another row. */
  private static List<List<Integer>> readAlike(List<ScoredText> texts, List<Integer> members) {
    Map<IntBuffer, List<Integer>> byTokens = new LinkedHashMap<>();
    for (int i : members) {
      byTokens
          .computeIfAbsent(IntBuffer.wrap(texts.get(i).tokens()), key -> new ArrayList<>())
          .add(i);
    }
    return List.copyOf(byTokens.values());
  }

  /** Longest first, as many together as the caps allow, at least one. */
  private <T> List<List<T>> batches(List<T> items, ToIntFunction<T> tokens) {
    List<T> sorted = new ArrayList<>(items);
    sorted.sort(Comparator.comparingInt(tokens).reversed());
    List<List<T>> batches = new ArrayList<>();
    long inBatch = 0;
    for (T item : sorted) {
      int length = tokens.applyAsInt(item);
      inBatch += length;
      if (batches.isEmpty()
          || inBatch > maxBatchTokens
          || batches.getLast().size() >= maxBatchSize
          || regime(length) != regime(tokens.applyAsInt(batches.getLast().getFirst()))) {
        batches.add(new ArrayList<>());
        inBatch = length;
      }
      batches.getLast().add(item);
    }
    return batches;
  }

  private static void scorePacked(
      ModelPass pass, List<List<Integer>> batch, List<ScoredText> texts, ScoreListener listener) {
    List<int[]> inputs = new ArrayList<>();
    int start = 0;
    for (List<Integer> alike : batch) {
      for (int text : alike) {
        ScoredText scored = texts.get(text);
        for (int i = 0; i < scored.targets().length; i++) {
          pass.ask(start + scored.firstRow() + i, scored.targets()[i], text);
        }
      }
      int[] tokens = texts.get(alike.getFirst()).tokens();
      inputs.add(tokens);
      start += tokens.length;
    }
    pass.run(TokenBatch.of(inputs), null);
    batch.forEach(alike -> alike.forEach(text -> listener.scored(text, pass.score(text))));
  }

  /** Tokens that went through the model in all. */
  long tokensRead() {
    return tokensRead;
  }
}
