package dev.sifter.train.eval.score;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Scores texts that share a context, in two passes for many questions: the first reads every
 * context once and keeps its keys and values, of which each text gets a copy; the second reads what
 * the texts go on with. What all contexts of a group begin with is read before, once.
 *
 * <p>Copying the keys and values of a context takes a thousandth of the time of reading it again.
 */
final class SharedContextScorer implements AutoCloseable {
  /** Copies must not make batches too small, nor take more memory than the activations. */
  private static final int CACHED_PER_BATCH_TOKEN = 2;

  private final Decoder decoder;
  private final ModelPass pass;
  private final List<ScoredText> texts;
  private final int maxBatchTokens;
  private final int maxBatchSize;
  private final ScoreListener listener;
  private KvCache cache;

  SharedContextScorer(
      Decoder decoder,
      ModelPass pass,
      List<ScoredText> texts,
      int maxBatchTokens,
      int maxBatchSize,
      ScoreListener listener) {
    this.decoder = decoder;
    this.pass = pass;
    this.texts = texts;
    this.maxBatchTokens = maxBatchTokens;
    this.maxBatchSize = maxBatchSize;
    this.listener = listener;
  }

  /** Scores families that share no prefix, longest first. */
  void score(List<Family> families) {
    List<Family> sorted = longestFirst(families);
    for (int from = 0; from < sorted.size(); ) {
      Batch batch = batch(sorted, from, 0, sorted.get(from).longest(texts));
      makeRoom(batch.slots, batch.capacity);
      score(batch);
      from += batch.families.size();
    }
  }

  /** Scores families that share a prefix. */
  void score(PrefixGroup group) {
    List<Family> sorted = longestFirst(group.families());
    int capacity = sorted.getFirst().longest(texts);
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < sorted.size(); from += batches.getLast().families.size()) {
      batches.add(batch(sorted, from, group.length(), capacity));
    }
    int slots = batches.stream().mapToInt(batch -> batch.slots).max().orElseThrow();
    makeRoom(slots, capacity);
    pass.run(cache.append(new int[] {0}, List.of(group.prefix())), cache);
    batches.forEach(this::score);
  }

  private List<Family> longestFirst(List<Family> families) {
    return families.stream()
        .sorted(Comparator.comparingInt((Family family) -> family.longest(texts)).reversed())
        .toList();
  }

  private void makeRoom(int slots, int capacity) {
    if (cache == null || !cache.layOut(slots, capacity)) {
      close();
      cache =
          new KvCache(
              decoder.config(),
              decoder.backend(),
              decoder.parameters().activationType(),
              slots,
              capacity);
    }
  }

  /**
   * Families that go through together. The first slots hold their contexts, those after them the
   * copies for all but the first of their texts.
   *
   * @param prefix tokens of the group's prefix, which slot 0 holds before and after
   */
  private record Batch(int prefix, int capacity, int slots, List<Family> families) {}

  /** As many families as the caps allow, at least one. */
  private Batch batch(List<Family> sorted, int from, int prefix, int capacity) {
    long contexts = 0;
    long rests = 0;
    int slots = 0;
    int to = from;
    while (to < sorted.size() && to - from < maxBatchSize) {
      Family family = sorted.get(to);
      int context = family.context().length;
      List<Integer> continued = family.continued(texts);
      contexts += context - prefix;
      rests += continued.stream().mapToInt(text -> texts.get(text).tokens().length - context).sum();
      int needed = slots + Math.max(1, continued.size());
      boolean fits =
          Math.max(contexts, rests) <= maxBatchTokens
              && (long) needed * capacity <= (long) CACHED_PER_BATCH_TOKEN * maxBatchTokens;
      if (!fits && to > from) {
        break;
      }
      slots = needed;
      to++;
    }
    return new Batch(prefix, capacity, slots, sorted.subList(from, to));
  }

  private void score(Batch batch) {
    int families = batch.families.size();
    for (int slot = 1; slot < families; slot++) {
      if (cache.length(slot) < batch.prefix) {
        cache.copySlot(cache, 0, slot);
      }
    }
    readContexts(batch);
    readContinuations(batch);
    for (int slot = 0; slot < batch.slots; slot++) {
      cache.truncate(slot, slot < families ? batch.prefix : 0);
    }
    for (Family family : batch.families) {
      family.texts().forEach(text -> listener.scored(text, pass.score(text)));
    }
  }

  private void readContexts(Batch batch) {
    int[] slots = new int[batch.families.size()];
    List<int[]> inputs = new ArrayList<>();
    int start = 0;
    for (int slot = 0; slot < slots.length; slot++) {
      slots[slot] = slot;
      Family family = batch.families.get(slot);
      int[] context = family.context();
      inputs.add(Arrays.copyOfRange(context, batch.prefix, context.length));
      for (int text : family.texts()) {
        ask(text, family.unscored(), context.length, start - batch.prefix);
      }
      start += context.length - batch.prefix;
    }
    pass.run(cache.append(slots, inputs), cache);
  }

  private void readContinuations(Batch batch) {
    List<Integer> slots = new ArrayList<>();
    List<int[]> inputs = new ArrayList<>();
    int start = 0;
    int free = batch.families.size();
    for (int own = 0; own < batch.families.size(); own++) {
      Family family = batch.families.get(own);
      int context = family.context().length;
      boolean first = true;
      for (int text : family.continued(texts)) {
        int slot = first ? own : free++;
        first = false;
        if (slot != own) {
          cache.copySlot(cache, own, slot);
        }
        int[] tokens = texts.get(text).tokens();
        slots.add(slot);
        inputs.add(Arrays.copyOfRange(tokens, context, tokens.length));
        ask(text, context, tokens.length, start - context);
        start += tokens.length - context;
      }
    }
    if (!inputs.isEmpty()) {
      pass.run(cache.append(slots.stream().mapToInt(Integer::intValue).toArray(), inputs), cache);
    }
  }

  /** Asks for what is scored at tokens {@code from} to {@code to} of a text. */
  private void ask(int text, int from, int to, int rowOfFirstToken) {
    ScoredText scored = texts.get(text);
    for (int at = Math.max(from, scored.firstRow()); at < to; at++) {
      pass.ask(rowOfFirstToken + at, scored.targets()[at - scored.firstRow()], text);
    }
  }

  @Override
  public void close() {
    if (cache != null) {
      cache.close();
      cache = null;
    }
  }
}
