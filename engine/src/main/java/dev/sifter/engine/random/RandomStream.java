package dev.sifter.engine.random;

/**
 * Names one endless sequence of random numbers: the same seed and stream give the same numbers on
 * every backend, whatever the order in which they are asked for.
 *
 * @param seed the run's seed
 * @param first number of the first stream of a pass; a training step gives every pass its own range
 * @param index which one of the pass: the same in every step of the same shape
 */
public record RandomStream(long seed, long first, int index) {

  /** A stream that belongs to no pass. */
  public RandomStream(long seed, long stream) {
    this(seed, stream, 0);
  }

  /** Which sequence. */
  public long stream() {
    return first + index;
  }
}
