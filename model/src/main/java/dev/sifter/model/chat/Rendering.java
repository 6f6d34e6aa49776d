package dev.sifter.model.chat;

import java.util.List;

/**
 * A rendered chat.
 *
 * @param text the text, to be tokenized without adding special tokens
 * @param generationSpans what lies inside {@code generation} blocks, in code points of the text; in
 *     the order of the blocks
 */
public record Rendering(String text, List<Span> generationSpans) {

  /** Copies the list. */
  public Rendering {
    generationSpans = List.copyOf(generationSpans);
  }
}
