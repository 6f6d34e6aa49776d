package dev.sifter.train.data;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One record as the loss sees it, token by token, for people to look at.
 *
 * @param origin where the record stands
 * @param tokens all tokens, also those that truncation cuts off
 */
public record TokenMaskView(Origin origin, List<Token> tokens) {

  /**
   * A token.
   *
   * @param id its number
   * @param piece its spelling in the vocabulary
   * @param text what it covers of the text; several tokens may share a character
   * @param role who says it: the role of a message, {@code prompt}, {@code completion}, {@code
   *     text}; empty where that cannot be told
   * @param trained whether the loss counts it: a label, not cut off, and something before it
   * @param cut whether truncation removes it
   */
  public record Token(
      int id, String piece, String text, String role, boolean trained, boolean cut) {}

  /**
   * Looks at a record in the way that {@link SftPreparation} prepares it, packing aside; of one
   * that becomes several rows, at the last.
   *
   * @param template of conversations; null where there is none
   * @throws DataException as the preparation throws
   */
  public static TokenMaskView of(
      DataConfig config, Tokenizer tokenizer, ChatTemplate template, DataRecord record) {
    TrainingRow row =
        new RowParser(config.datasetTextField(), new ChatRoles(config.chatRoles())).parse(record);
    RowTokenizer rowTokenizer = new RowTokenizer(tokenizer, template, config);
    TokenizedRow tokenized = rowTokenizer.tokenize(row).getLast();
    int[] labels = tokenized.labels(config.isCompletionOnly(row));
    String[] roles = roles(tokenized, rowTokenizer.chats());
    Encoding encoding = tokenized.encoding();
    int from = config.firstKept(labels.length);
    int to =
        config.maxLength() == null
            ? labels.length
            : Math.min(labels.length, from + config.maxLength());
    int[] offsets = tokenized.text() == null ? null : Encoding.charOffsets(tokenized.text());
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      int id = encoding.ids()[i];
      boolean cut = i < from || i >= to;
      boolean trained = !cut && i > from && labels[i] != Example.IGNORED;
      String text =
          offsets == null
              ? tokenizer.token(id)
              : tokenized
                  .text()
                  .substring(offsets[encoding.starts()[i]], offsets[encoding.ends()[i]]);
      tokens.add(new Token(id, tokenizer.token(id), text, roles[i], trained, cut));
    }
    return new TokenMaskView(row.origin(), List.copyOf(tokens));
  }

  private static String[] roles(TokenizedRow tokenized, ChatTokenizer chats) {
    String[] roles = new String[tokenized.ids().length];
    switch (tokenized.row()) {
      case TrainingRow.Text _ -> Arrays.fill(roles, "text");
      case TrainingRow.Tokens _ -> Arrays.fill(roles, "");
      case TrainingRow.Completion _ -> {
        for (int i = 0; i < roles.length; i++) {
          roles[i] = tokenized.completionMask()[i] ? "completion" : "prompt";
        }
      }
      case TrainingRow.Chat chat -> chatRoles(tokenized, chat, chats, roles);
    }
    return roles;
  }

  /** A message ends where the chat that ends with it does, if that chat begins the whole. */
  private static void chatRoles(
      TokenizedRow tokenized, TrainingRow.Chat chat, ChatTokenizer chats, String[] roles) {
    Arrays.fill(roles, "");
    List<Message> messages = chat.messages();
    int token = 0;
    for (int m = 0; m < messages.size(); m++) {
      int end = end(tokenized, chats, chat, messages.subList(0, m + 1));
      if (end < 0) {
        return;
      }
      while (token < roles.length && tokenized.encoding().starts()[token] < end) {
        roles[token++] = messages.get(m).role();
      }
    }
  }

  private static int end(
      TokenizedRow tokenized, ChatTokenizer chats, TrainingRow.Chat chat, List<Message> m) {
    try {
      ChatRequest request = chats.request(chat, m);
      String part = chats.template().render(request).text();
      return tokenized.text().startsWith(part) ? part.codePointCount(0, part.length()) : -1;
    } catch (TemplateException refusesPart) {
      return -1;
    }
  }
}
