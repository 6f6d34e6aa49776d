package dev.sifter.model.generate;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads growing sequences with a decoder. Each has a slot of a key/value cache, so that a token is
 * read once. No sequence depends on the others: where the angles of positions depend on a length,
 * those of other angles have a pass of their own.
 */
final class SequenceReader implements AutoCloseable {
  private final Decoder decoder;
  private final KvCache cache;
  private final TensorArena arena;
  private final float[][] logits;
  private final Guidance guidance;
  private long tokensRead;

  /**
   * A sequence to be read.
   *
   * @param length how much of {@code tokens} is used
   * @param promptLength how much of that is the prompt
   */
  record Input(int slot, int[] tokens, int length, int promptLength) {}

  /**
   * A reader of nothing yet.
   *
   * @param slots sequences
   * @param length tokens of the longest, of which the last is never read
   * @param guidance changes the logits, and is closed with this; null for none
   */
  SequenceReader(Decoder decoder, int slots, int length, Guidance guidance) {
    this.decoder = decoder;
    this.guidance = guidance;
    this.logits = new float[slots][decoder.config().vocabSize()];
    this.cache =
        new KvCache(
            decoder.config(),
            decoder.backend(),
            decoder.parameters().activationType(),
            slots,
            length - 1);
    this.arena = decoder.backend().newStepArena("generate");
  }

  /** Takes from a prefix what a prompt begins with, if it does. */
  void take(PromptPrefix prefix, int slot, int[] prompt) {
    if (prefix != null && prefix.isSharedBy(prompt)) {
      prefix.copyTo(cache, slot);
    }
  }

  /** Reads what is not cached of each sequence, at least one token. */
  void read(List<Input> inputs) {
    byAngles(inputs).forEach(this::forward);
    if (guidance != null) {
      guidance.guide(inputs, logits);
    }
  }

  /** Sequences whose positions have the same angles: all, unless these depend on the length. */
  private Collection<List<Input>> byAngles(List<Input> inputs) {
    return inputs.stream()
        .collect(
            Collectors.groupingBy(
                input -> decoder.config().angleRegime(input.length),
                TreeMap::new,
                Collectors.toList()))
        .values();
  }

  private void forward(List<Input> inputs) {
    int[] slots = inputs.stream().mapToInt(Input::slot).toArray();
    List<int[]> unread = new ArrayList<>();
    int[] lastRows = new int[slots.length];
    float[][] targets = new float[slots.length][];
    int row = -1;
    for (int s = 0; s < slots.length; s++) {
      Input input = inputs.get(s);
      if (!decoder.config().keepsKeys(cache.length(slots[s]), input.length)) {
        cache.truncate(slots[s], 0);
      }
      unread.add(Arrays.copyOfRange(input.tokens, cache.length(slots[s]), input.length));
      row += unread.getLast().length;
      lastRows[s] = row;
      targets[s] = logits[slots[s]];
    }
    TokenBatch batch = cache.append(slots, unread);
    tokensRead += batch.size();
    Tape tape = Tape.inference(decoder.backend(), arena);
    try (Variable hidden = decoder.hidden(tape, batch, cache)) {
      decoder.logits(tape, hidden, lastRows, targets);
    }
    arena.clear();
  }

  /** The logits after the last token read in a slot, [vocabSize]; to be changed at will. */
  float[] logits(int slot) {
    return logits[slot];
  }

  /** The same as logarithms of probabilities, from which guidance makes them in any case. */
  float[] logProbabilities(int slot) {
    if (guidance == null) {
      Softmax.toLogProbabilities(logits[slot]);
    }
    return logits[slot];
  }

  /**
   * Makes a slot hold what another does, its logits too.
   *
   * @param common how many tokens at the beginning both have read in any case
   */
  void copy(int from, int to, int common) {
    cache.copySlot(cache, from, to, common);
    System.arraycopy(logits[from], 0, logits[to], 0, logits[to].length);
    if (guidance != null) {
      guidance.copy(from, to, common);
    }
  }

  /** Tokens that went through the model. */
  long tokensRead() {
    return tokensRead + (guidance == null ? 0 : guidance.tokensRead());
  }

  @Override
  public void close() {
    if (guidance != null) {
      guidance.close();
    }
    arena.close();
    cache.close();
  }
}
