/**
 * Text to token ids and back: reads and writes {@code tokenizer.json}, trains vocabularies.
 *
 * <p>A {@link dev.sifter.model.tokenizer.Tokenizer} is a pipeline, with the component names of
 * Hugging Face's file format: added tokens are cut out of the text, the rest is normalised, split
 * into pieces by the pre-tokenizer, cut into vocabulary entries by the model, and framed by the
 * post-processor. Decoding runs the decoder chain over the token strings.
 */
package dev.sifter.model.tokenizer;
