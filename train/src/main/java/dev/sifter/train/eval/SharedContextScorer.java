package dev.sifter.train.eval;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scores texts that share a context, reading it once: its keys and values stay in a cache, the
 * continuations are appended one after the other, and forgotten again. So does a prefix that many
 * contexts share. With long examples before short questions, that is nearly all of the work.
 */
final class SharedContextScorer {
  private final Decoder decoder;
  private final ModelPass pass;
  private final List<ScoredText> texts;
  private final ScoreListener listener;

  SharedContextScorer(
      Decoder decoder, ModelPass pass, List<ScoredText> texts, ScoreListener listener) {
    this.decoder = decoder;
    this.pass = pass;
    this.texts = texts;
    this.listener = listener;
  }

  /** Scores families that share no prefix. */
  void score(List<Family> families) {
    try (KvCache cache = cache(families.size(), longest(families))) {
      score(cache, 0, families);
    }
  }

  /**
   * Scores families that share a prefix.
   *
   * @param maxSlots sequences that are cached at once
   */
  void score(PrefixGroup group, int maxSlots) {
    int slots = Math.min(maxSlots, group.families().size());
    try (KvCache cache = cache(slots, longest(group.families()))) {
      pass.run(cache.append(new int[] {0}, List.of(group.prefix())), cache);
      for (int slot = 1; slot < slots; slot++) {
        cache.copySlot(cache, 0, slot);
      }
      for (int from = 0; from < group.families().size(); from += slots) {
        int to = Math.min(from + slots, group.families().size());
        score(cache, group.length(), group.families().subList(from, to));
      }
    }
  }

  private KvCache cache(int slots, int capacity) {
    return new KvCache(
        decoder.config(),
        decoder.backend(),
        decoder.parameters().activationType(),
        slots,
        capacity);
  }

  private int longest(List<Family> families) {
    return families.stream().mapToInt(family -> family.longest(texts)).max().orElseThrow();
  }

  /** Every slot of the cache holds the prefix before and after. */
  private void score(KvCache cache, int prefix, List<Family> families) {
    readContexts(cache, prefix, families);
    int most = families.stream().mapToInt(family -> family.texts().size()).max().orElseThrow();
    for (int member = 0; member < most; member++) {
      readContinuations(cache, member, families);
    }
    for (int slot = 0; slot < families.size(); slot++) {
      cache.truncate(slot, prefix);
      families.get(slot).texts().forEach(text -> listener.scored(text, pass.score(text)));
    }
  }

  /** A context's last row predicts the first token of every continuation. */
  private void readContexts(KvCache cache, int prefix, List<Family> families) {
    int[] slots = new int[families.size()];
    List<int[]> inputs = new ArrayList<>();
    int row = -1;
    for (int slot = 0; slot < slots.length; slot++) {
      slots[slot] = slot;
      int[] context = families.get(slot).context();
      inputs.add(Arrays.copyOfRange(context, prefix, context.length));
      row += context.length - prefix;
      for (int text : families.get(slot).texts()) {
        pass.ask(row, texts.get(text).targets()[0], text);
      }
    }
    pass.run(cache.append(slots, inputs), cache);
  }

  /** The rest of one continuation of every family that has so many. */
  private void readContinuations(KvCache cache, int member, List<Family> families) {
    List<Integer> slots = new ArrayList<>();
    List<int[]> inputs = new ArrayList<>();
    int row = 0;
    for (int slot = 0; slot < families.size(); slot++) {
      Family family = families.get(slot);
      if (member < family.texts().size()) {
        int text = family.texts().get(member);
        ScoredText scored = texts.get(text);
        int length = scored.tokens().length;
        int[] rest = Arrays.copyOfRange(scored.tokens(), family.context().length, length);
        for (int i = 0; i < rest.length; i++) {
          pass.ask(row++, scored.targets()[i + 1], text);
        }
        if (rest.length > 0) {
          slots.add(slot);
          inputs.add(rest);
        }
      }
    }
    if (!inputs.isEmpty()) {
      int[] used = slots.stream().mapToInt(Integer::intValue).toArray();
      pass.run(cache.append(used, inputs), cache);
      slots.forEach(slot -> cache.truncate(slot, families.get(slot).context().length));
    }
  }
}
