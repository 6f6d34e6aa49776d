package dev.sifter.model;

/** A model folder, an adapter or a file of one cannot be used; the message says which and why. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A failure with its whole explanation. */
  public ModelException(String message) {
    super(message);
  }

  /** A failure with its cause. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
