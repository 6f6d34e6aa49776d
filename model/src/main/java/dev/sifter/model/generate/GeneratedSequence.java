package dev.sifter.model.generate;

import dev.sifter.engine.random.RandomStream;
import dev.sifter.model.tokenizer.StreamingDecoder;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** One sequence while it grows: its tokens, its text so far, and whether it has ended. */
final class GeneratedSequence {
  private final int index;
  private final GenerationConfig config;
  private final Set<Integer> endTokens;
  private final GenerationListener listener;
  private final RandomStream stream;
  private final int promptLength;
  private final int limit;
  private final int[] tokens;
  private final Tokenizer tokenizer;
  private final StreamingDecoder decoder;
  private final int knownTokens;
  private final StopStringFilter filter;
  private final StringBuilder text = new StringBuilder();
  private int decodedLength;
  private int length;
  private FinishReason reason;

  /**
   * A sequence that has its prompt only.
   *
   * @param limit tokens that it may have, prompt included
   * @param tokenizer null where no text is wanted
   */
  GeneratedSequence(
      int index,
      int[] prompt,
      int limit,
      GenerationConfig config,
      Set<Integer> endTokens,
      Tokenizer tokenizer,
      GenerationListener listener) {
    this.index = index;
    this.config = config;
    this.endTokens = endTokens;
    this.listener = listener;
    this.stream = new RandomStream(config.seed(), index);
    this.promptLength = prompt.length;
    this.limit = limit;
    this.tokens = Arrays.copyOf(prompt, limit);
    this.length = prompt.length;
    this.tokenizer = tokenizer;
    this.decoder = tokenizer == null ? null : tokenizer.streamingDecoder();
    this.knownTokens = tokenizer == null ? 0 : tokenizer.vocabSize();
    this.filter = new StopStringFilter(config.stopStrings());
  }

  int index() {
    return index;
  }

  boolean finished() {
    return reason != null;
  }

  int promptLength() {
    return promptLength;
  }

  /** Tokens that it may have, prompt included. */
  int limit() {
    return limit;
  }

  /** The tokens so far. */
  int[] tokens() {
    return Arrays.copyOf(tokens, length);
  }

  /** The tokens so far, as what the slot of its index holds. */
  SequenceReader.Input input() {
    return new SequenceReader.Input(index, tokens, length, promptLength);
  }

  /** A sequence of the same prompt before its next token. */
  TokenContext context(int[] beginning) {
    return new TokenContext(beginning, beginning.length, promptLength, limit);
  }

  /** A sequence of the same prompt, with these tokens in all. */
  GeneratedSequence with(int[] all, int number, GenerationListener hearer) {
    int[] prompt = Arrays.copyOf(all, promptLength);
    GeneratedSequence other =
        new GeneratedSequence(number, prompt, limit, config, endTokens, tokenizer, hearer);
    for (int i = promptLength; i < all.length; i++) {
      other.append(all[i]);
    }
    return other;
  }

  /** Whether a sequence of the same prompt ends with the last of these tokens. */
  boolean wouldEndWith(int[] all) {
    return all.length == limit
        || endTokens.contains(all[all.length - 1])
        || (!config.stopStrings().isEmpty()
            && with(all, index, GenerationListener.SILENT).finished());
  }

  /** Chooses the next token; changes the logits. */
  int choose(float[] logits, List<LogitsProcessor> processors, TokenSampler sampler) {
    TokenContext context = new TokenContext(tokens, length, promptLength, limit);
    for (LogitsProcessor processor : processors) {
      processor.process(context, logits);
    }
    return config.doSample()
        ? sampler.draw(logits, stream, length - promptLength)
        : sampler.argMax(logits);
  }

  /** Appends a token, passes its text on and notes whether the sequence has ended. */
  void append(int token) {
    tokens[length++] = token;
    boolean goOn = listener.onToken(index, token);
    if (endTokens.contains(token)) {
      reason = FinishReason.EOS;
    } else if (token < knownTokens) {
      // Embedding tables are often padded beyond the vocabulary; those rows have no text.
      String piece = decoder.accept(token);
      decodedLength += piece.length();
      emit(filter.accept(piece));
      if (filter.stopped() || (piece.isEmpty() && heldTextStops())) {
        reason = FinishReason.STOP_STRING;
      }
    }
    if (reason == null) {
      reason = reasonToEnd(goOn);
    }
    if (reason != null && decoder != null) {
      emit(filter.accept(decoder.finish()));
      emit(filter.finish());
    }
  }

  private FinishReason reasonToEnd(boolean goOn) {
    if (!goOn) {
      return FinishReason.CANCELLED;
    }
    if (length < limit) {
      return null;
    }
    return length - promptLength == config.newTokens(promptLength)
        ? FinishReason.MAX_NEW_TOKENS
        : FinishReason.CONTEXT_FULL;
  }

  /**
   * Whether the text would stop if it ended here. The decoder holds bytes back as long as others
   * follow, since one that is no UTF-8 spoils them all; of Llama 2's tokens a line end is such.
   */
  private boolean heldTextStops() {
    if (config.stopStrings().isEmpty()) {
      return false;
    }
    int[] known =
        Arrays.stream(tokens, promptLength, length).filter(id -> id < knownTokens).toArray();
    return filter.wouldStop(tokenizer.decode(known, true).substring(decodedLength));
  }

  private void emit(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.onText(index, piece);
    }
  }

  Generation result() {
    return new Generation(
        Arrays.copyOfRange(tokens, promptLength, length), text.toString(), reason);
  }
}
