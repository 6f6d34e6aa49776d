/**
 * The network: a decoder-only transformer, as its configuration describes it.
 *
 * <p>{@link dev.sifter.model.decoder.ModelFolder} opens a folder: the configuration and the files
 * become a {@link dev.sifter.model.decoder.StoredModel}, the weights parameters of a {@link
 * dev.sifter.model.decoder.ParameterStore}, and over these stands a {@link
 * dev.sifter.model.decoder.Decoder}.
 *
 * <p>Forward, in reading order: a {@link dev.sifter.model.decoder.TokenBatch} goes through {@code
 * InputEmbedding}, then through each {@code DecoderBlock} ({@code Norm}, {@code SelfAttention} or
 * {@code ShortConvolution}, {@code Mlp}, all made of {@link
 * dev.sifter.model.decoder.LinearLayer}s), the final norm, and {@link
 * dev.sifter.model.decoder.HeadLayer}, which gives logits or the loss. {@code ForwardContext} is
 * what blocks share; {@link dev.sifter.model.decoder.KvCache} what generation keeps. There is no
 * backward here: the ops know theirs.
 */
package dev.sifter.model.decoder;
