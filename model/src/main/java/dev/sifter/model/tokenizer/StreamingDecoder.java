package dev.sifter.model.tokenizer;

/**
 * Decodes ids as they are generated.
 *
 * <p>What {@link #accept} and {@link #finish} return, joined, is what {@link Tokenizer#decode}
 * gives for all the ids. Text comes as soon as no later token can change it; half a character never
 * does. Not safe for use by several threads.
 */
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private final StringBuilder out = new StringBuilder();
  private final Decoder.Stage chain;

  StreamingDecoder(Tokenizer tokenizer, Decoder decoder, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
    this.chain =
        decoder.stage(
            new Decoder.Stage() {
              @Override
              public void accept(String text, boolean begins) {
                out.append(text);
              }

              @Override
              public void finish() {}
            });
  }

  /**
   * Takes the next id and returns the text that it completes, which may be empty.
   *
   * @throws IllegalArgumentException if no token has the id
   */
  public String accept(int id) {
    feed(id);
    return take();
  }

  /** Ends the text and returns what was held back. Nothing may be accepted after it. */
  public String finish() {
    chain.finish();
    return take();
  }

  void feed(int id) {
    if (!skipSpecialTokens || !tokenizer.isSpecial(id)) {
      chain.accept(tokenizer.token(id), true);
    }
  }

  private String take() {
    String text = out.toString();
    out.setLength(0);
    return text;
  }
}
