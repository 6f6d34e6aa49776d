package dev.sifter.engine.random;

/**
 * Names one endless sequence of random numbers: the same seed and stream give the same numbers on
 * every backend, whatever the order in which they are asked for.
 *
 * @param seed the run's seed
 * @param stream which sequence; a training step numbers its uses of randomness
 */
public record RandomStream(long seed, long stream) {}
