package dev.sifter.train.data;

/** Is told how far preparation has come. */
@FunctionalInterface
public interface PreparationListener {
  /** Tells nobody. */
  PreparationListener NONE = (_, _, _) -> {};

  /**
   * So much is prepared.
   *
   * @param records number of records
   * @param bytesRead bytes of the files, packed as they are
   * @param bytesInAll bytes of all files
   */
  void prepared(long records, long bytesRead, long bytesInAll);
}
