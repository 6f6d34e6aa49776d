package dev.sifter.model.tokenizer;

/** A tokenizer file that is malformed, contradicts itself, or asks for what is not supported. */
public final class TokenizerException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * An error in a file.
   *
   * @param message what is wrong, beginning with the key path of the culprit where there is one
   */
  public TokenizerException(String message) {
    super(message);
  }

  /**
   * An error in a file, with its cause.
   *
   * @param message what is wrong
   * @param cause what was caught
   */
  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
