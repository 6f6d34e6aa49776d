package dev.sifter.train.eval;

/** Hears how far a long piece of work is. */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener SILENT = (stage, done, total) -> {};

  /**
   * Some more is done.
   *
   * @param stage what is being done, such as {@code loglikelihood}
   */
  void progress(String stage, int done, int total);

  /** Something about the tasks may not be as it was meant. */
  default void warning(String line) {}
}
