package dev.sifter.train.cli;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;

/** Conversations as prompts: rendered up to where the model is to go on. */
final class ChatPrompt {
  private ChatPrompt() {}

  /** A request with the tokenizer's special tokens, which templates write. */
  static ChatRequest prepared(ChatRequest request, Tokenizer tokenizer) {
    return request.withSpecialTokens(tokenizer.specialTokensMap());
  }

  /** The tokens of a conversation, with the header of an answer or without. */
  static int[] ids(
      ChatRequest request,
      ChatTemplate template,
      Tokenizer tokenizer,
      boolean addGenerationPrompt) {
    ChatRequest whole = prepared(request, tokenizer).withGenerationPrompt(addGenerationPrompt);
    return tokenizer.encode(template.render(whole).text(), false).ids();
  }
}
