package dev.sifter.train.cli;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.HistoryPolicy;
import dev.sifter.train.data.TokenMaskView;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.report.Visible;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation as text and as tokens, each with what training makes of it.
 *
 * @param text what the template renders
 * @param tokens the text's tokens
 */
record RenderedChat(String text, List<Token> tokens) {
  /** The role of the tokens of a generation prompt. */
  private static final String PROMPT_ROLE = "generation prompt";

  /**
   * A token.
   *
   * @param id its number
   * @param piece its spelling in the vocabulary
   * @param text what it covers of the text and none before it does: joined, the whole text
   * @param role who says it; empty where that cannot be told
   * @param trained whether the loss counts it
   */
  record Token(int id, String piece, String text, String role, boolean trained) {}

  /**
   * Renders a conversation and finds the mask that training gives it. Without an assistant's
   * message nothing of it is trained.
   *
   * @param assistantOnly whether only the assistant's words count
   * @param addGenerationPrompt whether to end with the header of an answer
   * @throws IllegalArgumentException if the record is no conversation, or where the answers lie
   *     cannot be proved
   */
  static RenderedChat of(
      DataRecord record,
      ChatTemplate template,
      Tokenizer tokenizer,
      boolean assistantOnly,
      boolean addGenerationPrompt) {
    ChatRequest request =
        ChatFields.addTo(ChatRequest.from(record.fields().get("messages")), record.fields());
    boolean hasAnswer = request.messages().stream().anyMatch(Message::isAssistant);
    DataConfig config =
        DataConfig.builder()
            .maxLength(null)
            .assistantOnlyLoss(assistantOnly && hasAnswer)
            .history(HistoryPolicy.AS_RENDERED)
            .build();
    List<TokenMaskView.Token> masked =
        TokenMaskView.of(config, tokenizer, template, record).tokens();
    ChatRequest whole =
        ChatPrompt.prepared(request, tokenizer).withGenerationPrompt(addGenerationPrompt);
    String text = template.render(whole).text();
    Encoding encoding = tokenizer.encode(text, false);
    requirePrefix(masked, encoding);
    List<Token> tokens = new ArrayList<>();
    int[] offsets = Encoding.charOffsets(text);
    int covered = 0;
    for (int i = 0; i < encoding.length(); i++) {
      int end = offsets[encoding.ends()[i]];
      int id = encoding.ids()[i];
      String own = text.substring(Math.min(covered, end), end);
      String role = i < masked.size() ? masked.get(i).role() : PROMPT_ROLE;
      boolean trained = hasAnswer && i < masked.size() && masked.get(i).trained();
      tokens.add(new Token(id, tokenizer.token(id), own, role, trained));
      covered = Math.max(covered, end);
    }
    return new RenderedChat(text, List.copyOf(tokens));
  }

  /** A generation prompt comes after the tokens of the conversation, or the masks say nothing. */
  private static void requirePrefix(List<TokenMaskView.Token> masked, Encoding whole) {
    for (int i = 0; i < masked.size(); i++) {
      if (i == whole.length() || masked.get(i).id() != whole.ids()[i]) {
        throw new IllegalArgumentException(
            "with a generation prompt the template renders other tokens from number %d on (%s);"
                    .formatted(i, Visible.of(masked.get(i).piece()))
                + " the masks of training hold without --add-generation-prompt only");
      }
    }
  }

  /** Number of tokens that the loss counts. */
  long trained() {
    return tokens.stream().filter(Token::trained).count();
  }
}
