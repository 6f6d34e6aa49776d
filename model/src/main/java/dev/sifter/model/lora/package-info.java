/**
 * Low-rank adapters (Hu et al. 2021) in PEFT's terms: made, read, written, merged, combined.
 *
 * <p>A {@link dev.sifter.model.lora.LoraConfig} says what is wanted; {@code LoraSelection} decides
 * by names which modules that means, {@code FreshAdapter} draws A and B, {@code LoraAdapters} puts
 * them on a decoder's modules. {@link dev.sifter.model.lora.AdaptedModel} is the entrance to all of
 * that, {@link dev.sifter.model.lora.AdapterFolder} the files. What an adapter computes is in
 * {@link dev.sifter.engine.ops.LoraLinear}.
 *
 * <p>Afterwards: {@link dev.sifter.model.lora.LoraMerge} and {@link
 * dev.sifter.model.lora.MergeProof}, {@link dev.sifter.model.lora.AdapterCombination}, {@link
 * dev.sifter.model.lora.MlxAdapter}.
 */
package dev.sifter.model.lora;
