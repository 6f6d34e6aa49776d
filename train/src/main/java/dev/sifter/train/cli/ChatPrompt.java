package dev.sifter.train.cli;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Conversations as prompts: rendered up to where the model is to go on. */
final class ChatPrompt {
  private ChatPrompt() {}

  /** A request with the tokenizer's special tokens, which templates write. */
  static ChatRequest prepared(ChatRequest request, Tokenizer tokenizer) {
    SpecialTokens special = tokenizer.specialTokens();
    Map<String, String> names = new LinkedHashMap<>();
    put(names, "bos_token", special.bos());
    put(names, "eos_token", special.eos());
    put(names, "unk_token", special.unk());
    put(names, "pad_token", special.pad());
    return request.withSpecialTokens(names);
  }

  private static void put(
      Map<String, String> names, String role, Optional<SpecialTokens.Token> token) {
    token.ifPresent(present -> names.put(role, present.content()));
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
