package dev.sifter.train.eval.score;

import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Texts to scored tokens, by the harness's rules. */
public final class TextEncoder {
  /** Characters of a text that an error shows. */
  private static final int SHOWN = 60;

  private final Tokenizer tokenizer;
  private final int maxLength;
  private final int prefixToken;
  private final String prefixText;

  /**
   * An encoder.
   *
   * @param maxLength tokens that the model reads at once
   * @throws IllegalArgumentException if the tokenizer names neither a begin nor an end token
   */
  public TextEncoder(Tokenizer tokenizer, int maxLength) {
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    OptionalInt prefix = tokenizer.bosId().isPresent() ? tokenizer.bosId() : tokenizer.eosId();
    this.prefixToken =
        prefix.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the tokenizer names no bos_token and no eos_token; scoring needs one to begin"
                        + " with: set one in tokenizer_config.json"));
    this.prefixText = tokenizer.token(prefixToken);
  }

  /** Tokens that the model reads at once. */
  public int maxLength() {
    return maxLength;
  }

  /** Token ids; special tokens are added unless the text begins with the begin token. */
  public int[] encode(String text) {
    return tokenizer.encode(text, !text.startsWith(prefixText)).ids();
  }

  /**
   * A continuation after a context. White space at the context's end belongs to the continuation,
   * for it usually begins a token; the split is by the number of the context's own tokens.
   *
   * @throws IllegalArgumentException if there is nothing to score, or too much
   */
  public ScoredText pair(String context, String continuation) {
    try {
      return scored(context, continuation);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s; the context ends with '%s', the continuation is '%s'"
              .formatted(
                  e.getMessage(),
                  context.substring(Math.max(0, context.length() - SHOWN)),
                  continuation.substring(0, Math.min(SHOWN, continuation.length()))),
          e);
    }
  }

  private ScoredText scored(String context, String continuation) {
    if (context.isEmpty()) {
      return afterPrefix(tokenizer.encode(continuation, false).ids());
    }
    String stripped = PythonStrings.stripEnd(context);
    String moved = context.substring(stripped.length()) + continuation;
    int[] whole = encode(stripped + moved);
    int[] head = encode(stripped);
    int cut = Math.min(head.length, whole.length);
    return ScoredText.of(head, Arrays.copyOfRange(whole, cut, whole.length), maxLength);
  }

  private ScoredText afterPrefix(int[] continuation) {
    if (continuation.length > 1 && continuation[0] == prefixToken) {
      return ScoredText.of(
          new int[] {prefixToken},
          Arrays.copyOfRange(continuation, 1, continuation.length),
          maxLength);
    }
    return ScoredText.of(new int[] {prefixToken}, continuation, maxLength);
  }

  /**
   * A whole text, after the begin token, in windows of the model's length: each token is scored
   * once; a window after the first reads as much before its own tokens as fits.
   */
  public List<ScoredText> rolling(String text) {
    int[] tokens = encode(text);
    List<ScoredText> windows = new ArrayList<>();
    for (int from = 0; from < tokens.length; from += maxLength) {
      int to = Math.min(from + maxLength, tokens.length);
      int[] targets = Arrays.copyOfRange(tokens, from, to);
      int[] read;
      if (from == 0) {
        read = new int[to];
        read[0] = prefixToken;
        System.arraycopy(tokens, 0, read, 1, to - 1);
      } else {
        read = Arrays.copyOfRange(tokens, to - maxLength - 1, to - 1);
      }
      windows.add(new ScoredText(read, targets));
    }
    return windows;
  }

  /** A prompt for generation, cut on the left so that the new tokens fit. */
  public int[] prompt(String text, int maxNewTokens) {
    int room = maxLength - maxNewTokens;
    if (room <= 0) {
      throw new IllegalArgumentException(
          "max_gen_toks %d must be less than the model's context of %d; lower it"
              .formatted(maxNewTokens, maxLength));
    }
    int[] tokens = encode(text);
    if (tokens.length == 0) {
      throw new IllegalArgumentException(
          "a prompt is empty, and the tokenizer begins texts with no token: nothing can follow it");
    }
    return Arrays.copyOfRange(tokens, Math.max(0, tokens.length - room), tokens.length);
  }
}
