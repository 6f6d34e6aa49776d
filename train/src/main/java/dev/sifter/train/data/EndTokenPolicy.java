package dev.sifter.train.data;

/** Which tokens that end a turn are trained, with axolotl's names. */
public enum EndTokenPolicy {
  /** Those of the turns that are trained. */
  TURN,
  /** The last of those. */
  LAST,
  /** Every one, also those of turns that are not trained. */
  ALL,
  /** None. */
  NONE
}
