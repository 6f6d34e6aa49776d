package dev.sifter.model.weights;

/**
 * Keeps the matrices of a frozen model's linear layers in NF4.
 *
 * @param doubleQuant whether the blocks' scales are kept in 8 bits
 */
public record Quantization(boolean doubleQuant) {}
