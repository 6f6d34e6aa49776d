package dev.sifter.model.generate;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import java.util.Arrays;
import java.util.List;

/**
 * What several prompts begin with, such as the examples before every question: the model reads it
 * once, and its keys and values are copied to every prompt.
 */
public final class PromptPrefix implements AutoCloseable {
  private final Decoder decoder;
  private final int[] tokens;
  private final KvCache cache;

  /**
   * Reads a prefix.
   *
   * @param tokens at least one
   */
  public PromptPrefix(Decoder decoder, int[] tokens) {
    this.decoder = decoder;
    this.tokens = tokens.clone();
    this.cache =
        new KvCache(
            decoder.config(),
            decoder.backend(),
            decoder.parameters().activationType(),
            1,
            tokens.length);
    try (TensorArena arena = decoder.backend().newStepArena("prefix")) {
      Tape tape = Tape.inference(decoder.backend(), arena);
      decoder.hidden(tape, cache.append(new int[] {0}, List.of(tokens)), cache).close();
    } catch (RuntimeException | Error e) {
      cache.close();
      throw e;
    }
  }

  /**
   * Whether a prompt begins with this, has more, and would not be read with other angles as a whole
   * (see {@link dev.sifter.model.config.RopeConfig#regime}).
   */
  boolean isSharedBy(int[] prompt) {
    return prompt.length > tokens.length
        && Arrays.mismatch(tokens, prompt) == tokens.length
        && decoder.config().angleRegime(tokens.length)
            == decoder.config().angleRegime(prompt.length);
  }

  /** Makes a slot hold the prefix. */
  void copyTo(KvCache target, int slot) {
    target.copySlot(cache, 0, slot);
  }

  @Override
  public void close() {
    cache.close();
  }
}
