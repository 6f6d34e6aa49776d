package dev.sifter.model.generate;

import java.util.Locale;

/**
 * How many answers a prompt gets, and how they are searched for; names and defaults are those of
 * {@code generation_config.json}.
 *
 * @param numBeams beginnings of an answer that are kept at a time, see {@link BeamSearch}; 1 for
 *     the most probable token alone. Without effect where tokens are drawn
 * @param numReturnSequences answers to each prompt: as many draws, or the best of the beams
 * @param lengthPenalty p in an answer's score, the sum of its n tokens' logarithms of probabilities
 *     divided by nᵖ: the larger, the longer the answers; beams only
 * @param earlyStopping when a search ends; beams only
 */
public record SearchRules(
    int numBeams, int numReturnSequences, double lengthPenalty, EarlyStopping earlyStopping) {

  /** One answer, no beams. */
  public static final SearchRules ONE = new SearchRules(1, 1, 1, EarlyStopping.FALSE);

  /** When a search that has an answer for each of its beams ends. */
  public enum EarlyStopping {
    /** Where the best beam's score, if it ended now, would not be above the worst answer's. */
    FALSE,
    /** At once. */
    TRUE,
    /**
     * Where no answer can become better than the worst one, however long: one of the largest length
     * is thought of where lengthPenalty is positive.
     */
    NEVER;

    /**
     * The value of {@code early_stopping}.
     *
     * @throws IllegalArgumentException if there is no such
     */
    public static EarlyStopping of(String name) {
      for (EarlyStopping value : values()) {
        if (value.toString().equals(name)) {
          return value;
        }
      }
      throw new IllegalArgumentException(
          "early_stopping is %s; it must be true, false or \"never\"".formatted(name));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the setting that is out of range
   */
  public SearchRules {
    Settings.check(numBeams >= 1, "num_beams", numBeams, "at least 1 (no beams)");
    Settings.check(
        numReturnSequences >= 1, "num_return_sequences", numReturnSequences, "at least 1");
    Settings.check(
        Double.isFinite(lengthPenalty), "length_penalty", lengthPenalty, "a finite number");
  }

  /** The same with one answer. */
  public SearchRules onlyBest() {
    return new SearchRules(numBeams, 1, lengthPenalty, earlyStopping);
  }

  /** Whether answers are searched for with beams. */
  public boolean usesBeams(boolean doSample) {
    return numBeams > 1 && !doSample;
  }

  /**
   * Sequences of a prompt that grow at a time.
   *
   * @throws IllegalArgumentException if there are fewer answers than are asked for
   */
  public int sequencesPerPrompt(boolean doSample) {
    if (doSample) {
      return numReturnSequences;
    }
    if (numReturnSequences > numBeams) {
      throw new IllegalArgumentException(
          ("num_return_sequences is %d, but num_beams is %d: a search has no more answers than"
                  + " beams; raise num_beams, or set do_sample to draw them")
              .formatted(numReturnSequences, numBeams));
    }
    return numBeams;
  }
}
