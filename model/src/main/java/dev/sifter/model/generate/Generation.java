package dev.sifter.model.generate;

/**
 * What was generated for one prompt.
 *
 * @param ids the new tokens, the end token included if one came
 * @param text their text without special tokens, cut at the first stop string; empty where the
 *     generator has no tokenizer
 * @param reason why it ended
 */
public record Generation(int[] ids, String text, FinishReason reason) {}
