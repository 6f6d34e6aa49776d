package dev.sifter.train.data;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.Origin;
import java.util.List;
import java.util.Set;

/**
 * Turns rows into tokens as TRL does.
 *
 * <p>Texts get the end token, as text, where they do not end with it, and are tokenised with the
 * tokenizer's own rule for special tokens; chats are a {@link ChatTokenizer}'s. Prompt and
 * completion are tokenised together. The completion begins after as many tokens as the prompt alone
 * has, also where those tokens are others.
 */
final class RowTokenizer {
  private final Tokenizer tokenizer;
  private final boolean assistantOnly;
  private final ChatTokenizer chats;

  /**
   * A tokenizer of rows.
   *
   * @param template null where there is none
   */
  RowTokenizer(Tokenizer tokenizer, ChatTemplate template, DataConfig config) {
    this.tokenizer = tokenizer;
    this.assistantOnly = config.assistantOnlyLoss();
    this.chats = new ChatTokenizer(tokenizer, template, config);
  }

  /** What tokenises conversations. */
  ChatTokenizer chats() {
    return chats;
  }

  /**
   * The tokens of a row; several rows where a conversation is split.
   *
   * @throws DataException if the template refuses the chat, or masks cannot be found
   */
  List<TokenizedRow> tokenize(TrainingRow row) {
    return switch (row) {
      case TrainingRow.Text text -> List.of(text(text));
      case TrainingRow.Completion completion -> List.of(completion(completion));
      case TrainingRow.Chat chat -> chats.tokenize(chat);
      case TrainingRow.Tokens tokens -> List.of(tokens(tokens));
    };
  }

  /** The names of a row's fields that its chat template leaves out. */
  Set<String> unreadFields(TrainingRow row) {
    return row instanceof TrainingRow.Chat chat ? chats.unreadFields(chat) : Set.of();
  }

  private TokenizedRow text(TrainingRow.Text row) {
    refuseAssistantOnly(row);
    String text = ended(row.origin(), row.text());
    return new TokenizedRow(row, text, LongText.encode(tokenizer, text), null, null, null, true);
  }

  private TokenizedRow completion(TrainingRow.Completion row) {
    refuseAssistantOnly(row);
    int[] prompt = tokenizer.encode(row.prompt(), true).ids();
    String whole = row.prompt() + ended(row.origin(), row.completion());
    Encoding encoding = tokenizer.encode(whole, true);
    boolean[] completion = TokenizedRow.after(prompt.length, encoding.length());
    boolean prefix = TokenizedRow.isPrefix(prompt, encoding.ids());
    return new TokenizedRow(row, whole, encoding, null, completion, null, prefix);
  }

  private void refuseAssistantOnly(TrainingRow row) {
    if (assistantOnly) {
      throw new DataException(
          row.origin(),
          "assistant_only_loss needs conversations, but this record is plain text: set it to"
              + " false, or give the record as messages");
    }
  }

  private String ended(Origin origin, String text) {
    String eos =
        tokenizer
            .specialTokens()
            .eos()
            .orElseThrow(
                () ->
                    new DataException(
                        origin,
                        "plain text must end with the end token, but the tokenizer names none: set"
                            + " eos_token"))
            .content();
    return text.endsWith(eos) ? text : text + eos;
  }

  private TokenizedRow tokens(TrainingRow.Tokens row) {
    checkVocabulary(row, "token id", row.inputIds());
    if (row.labels() != null) {
      checkVocabulary(row, "label", row.labels());
    }
    int[] nowhere = new int[row.inputIds().length];
    return new TokenizedRow(
        row,
        null,
        new Encoding(row.inputIds(), nowhere, nowhere),
        row.labels(),
        row.completionMask(),
        row.assistantMask(),
        true);
  }

  private void checkVocabulary(TrainingRow.Tokens row, String what, int[] ids) {
    for (int id : ids) {
      if (id >= tokenizer.vocabSize()) {
        throw new DataException(
            row.origin(),
            "%s %d, but the vocabulary has %d: the record was tokenised by another tokenizer"
                .formatted(what, id, tokenizer.vocabSize()));
      }
    }
  }
}
