package dev.sifter.train.eval;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Scores several continuations of one context, reading the context once: its keys and values are
 * copied to every continuation's slot of a cache. With long few-shot prompts and four choices this
 * is nearly a quarter of the work.
 */
final class SharedContextScorer {
  private final Decoder decoder;
  private final TensorArena arena;
  private final double[] sums;
  private final boolean[] greedy;

  /**
   * Texts with the same context.
   *
   * @param context the tokens that all of them begin with
   * @param texts indices of the texts
   */
  record Family(int[] context, List<Integer> texts) {
    /** Tokens that a pass over this family keeps in its cache. */
    int cachedTokens(List<ScoredText> all) {
      return texts.stream().mapToInt(text -> all.get(text).tokens().length).sum();
    }
  }

  /** Label-bearing rows of one pass, and the text that each belongs to. */
  private static final class Rows {
    final List<Integer> rows = new ArrayList<>();
    final List<Integer> targets = new ArrayList<>();
    final List<Integer> texts = new ArrayList<>();

    void add(int row, int target, int text) {
      rows.add(row);
      targets.add(target);
      texts.add(text);
    }
  }

  SharedContextScorer(Decoder decoder, TensorArena arena, int texts) {
    this.decoder = decoder;
    this.arena = arena;
    this.sums = new double[texts];
    this.greedy = new boolean[texts];
    Arrays.fill(greedy, true);
  }

  /** Scores the texts of some families in two passes: contexts, then continuations. */
  void score(List<Family> families, List<ScoredText> all, LogLikelihood[] scores) {
    int slots = families.stream().mapToInt(family -> family.texts.size()).sum();
    int capacity =
        families.stream()
            .flatMap(family -> family.texts.stream())
            .mapToInt(text -> all.get(text).tokens().length)
            .max()
            .orElseThrow();
    try (KvCache cache =
        new KvCache(
            decoder.config(),
            decoder.backend(),
            decoder.parameters().computeType(),
            slots,
            capacity)) {
      readContexts(cache, families, all);
      readContinuations(cache, families, all);
    }
    for (Family family : families) {
      family.texts.forEach(text -> scores[text] = new LogLikelihood(sums[text], greedy[text]));
    }
  }

  /** The context's last row predicts the first token of every continuation. */
  private void readContexts(KvCache cache, List<Family> families, List<ScoredText> all) {
    Rows rows = new Rows();
    int[] firstSlots = new int[families.size()];
    int slot = 0;
    int row = -1;
    for (int f = 0; f < firstSlots.length; f++) {
      Family family = families.get(f);
      firstSlots[f] = slot;
      slot += family.texts.size();
      row += family.context.length;
      for (int text : family.texts) {
        rows.add(row, all.get(text).targets()[0], text);
      }
    }
    run(cache, cache.append(firstSlots, families.stream().map(Family::context).toList()), rows);
    for (int f = 0; f < firstSlots.length; f++) {
      for (int i = 1; i < families.get(f).texts.size(); i++) {
        cache.copySlot(firstSlots[f], firstSlots[f] + i);
      }
    }
  }

  private void readContinuations(KvCache cache, List<Family> families, List<ScoredText> all) {
    Rows rows = new Rows();
    List<Integer> slots = new ArrayList<>();
    List<int[]> inputs = new ArrayList<>();
    int slot = 0;
    int row = 0;
    for (Family family : families) {
      for (int text : family.texts) {
        ScoredText scored = all.get(text);
        int[] rest =
            Arrays.copyOfRange(scored.tokens(), family.context.length, scored.tokens().length);
        for (int i = 0; i < rest.length; i++) {
          rows.add(row++, scored.targets()[i + 1], text);
        }
        if (rest.length > 0) {
          slots.add(slot);
          inputs.add(rest);
        }
        slot++;
      }
    }
    if (!inputs.isEmpty()) {
      run(cache, cache.append(array(slots), inputs), rows);
    }
  }

  private void run(KvCache cache, TokenBatch tokens, Rows rows) {
    Tape tape = Tape.inference(decoder.backend(), arena);
    int[] targets = array(rows.targets);
    LinearCrossEntropy.Loss loss;
    try (Variable hidden = decoder.hidden(tape, tokens, cache)) {
      loss = decoder.loss(tape, hidden, array(rows.rows), targets, 1);
    }
    arena.clear();
    IntStream.range(0, targets.length)
        .forEach(
            i -> {
              int text = rows.texts.get(i);
              sums[text] -= loss.rowLoss()[i];
              greedy[text] &= loss.rowArgMax()[i] == targets[i];
            });
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }
}
