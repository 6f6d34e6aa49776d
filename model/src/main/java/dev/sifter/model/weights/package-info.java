/**
 * Weights by name: files, their formats and types.
 *
 * <p>A {@link dev.sifter.model.weights.WeightSource} gives tensors by name. {@link
 * dev.sifter.model.weights.WeightFolder} is one over the mapped files of a folder, each a {@link
 * dev.sifter.model.weights.SafetensorsFile}; others stand before it and replace, cast or tie what
 * it gives. {@link dev.sifter.model.weights.WeightFolderWriter} writes one back. {@link
 * dev.sifter.model.weights.Nf4} is the 4-bit type.
 */
package dev.sifter.model.weights;
