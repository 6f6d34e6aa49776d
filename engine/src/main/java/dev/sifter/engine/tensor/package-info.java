/**
 * What a tensor is: a {@link dev.sifter.engine.tensor.Shape} and a {@link
 * dev.sifter.engine.tensor.DType} over a range of a {@link dev.sifter.engine.tensor.Storage}.
 *
 * <p>Whose bytes they are is the business of {@link dev.sifter.engine.memory}; what is computed
 * with them, that of {@link dev.sifter.engine.backend}.
 */
package dev.sifter.engine.tensor;
