package dev.sifter.train.data;

/** How several records share a row, with TRL's names. */
public enum PackingStrategy {
  /**
   * {@code bfd}: best fit, longest first; records that are too long are cut, and each record is a
   * document of its own.
   */
  BFD("bfd"),
  /**
   * {@code bfd_split}: as {@link #BFD}, but records that are too long go on in another document.
   */
  BFD_SPLIT("bfd_split"),
  /**
   * {@code wrapped}: all tokens one after the other, cut into rows; tokens attend to whatever comes
   * before them in their row.
   */
  WRAPPED("wrapped");

  private final String trlName;

  PackingStrategy(String trlName) {
    this.trlName = trlName;
  }

  /** The name in TRL's {@code packing_strategy}. */
  public String trlName() {
    return trlName;
  }

  /**
   * The strategy of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PackingStrategy of(String trlName) {
    for (PackingStrategy strategy : values()) {
      if (strategy.trlName.equals(trlName)) {
        return strategy;
      }
    }
    // TRL's older name of the same thing.
    if (trlName.equals("bfd-requeue")) {
      return BFD_SPLIT;
    }
    throw new IllegalArgumentException(
        "packing_strategy '%s'; there are bfd, bfd_split and wrapped".formatted(trlName));
  }
}
