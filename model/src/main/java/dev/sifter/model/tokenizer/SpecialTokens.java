package dev.sifter.model.tokenizer;

import java.util.Optional;

/**
 * The tokens that a tokenizer's configuration names by role.
 *
 * @param bos begins a text
 * @param eos ends a text, and stops generation
 * @param pad fills a batch's short rows
 * @param unk stands for what the vocabulary cannot spell
 */
public record SpecialTokens(
    Optional<Token> bos, Optional<Token> eos, Optional<Token> pad, Optional<Token> unk) {

  /**
   * A token and its id.
   *
   * @param content the token's text
   * @param id its id
   */
  public record Token(String content, int id) {}

  /** No roles at all. */
  public static SpecialTokens none() {
    return new SpecialTokens(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }
}
