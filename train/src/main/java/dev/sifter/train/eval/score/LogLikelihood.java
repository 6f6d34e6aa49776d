package dev.sifter.train.eval.score;

/**
 * A model's answer that is a probability.
 *
 * @param value Σ log p of the scored tokens, nats
 * @param isGreedy whether each of them is the most probable token
 */
public record LogLikelihood(double value, boolean isGreedy) {}
