/**
 * Text generation: what transformers' {@code generate} does with sampling, greedy and beam search,
 * over a key/value cache with one slot a sequence.
 */
package dev.sifter.model.generate;
