package dev.sifter.train.data.record;

/** Data that cannot be trained on; the message names the record, the rule and the remedy. */
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** About the data as a whole. */
  public DataException(String message) {
    super(message);
  }

  /** About a file, with what caused it. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** About one record. */
  public DataException(Origin origin, String message) {
    super(origin + ": " + message);
  }

  /** About one record, with what caused it. */
  public DataException(Origin origin, String message, Throwable cause) {
    super(origin + ": " + message, cause);
  }
}
