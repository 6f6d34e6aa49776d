package dev.sifter.train.data;

import dev.sifter.model.chat.AssistantMask;
import dev.sifter.model.chat.AssistantSpans;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.Rendering;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.SpecialTokens;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.Origin;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns rows into tokens as TRL does.
 *
 * <p>Texts get the end token, as text, where they do not end with it, and are tokenised with the
 * tokenizer's own rule for special tokens; chats are rendered by the template, which writes all
 * special tokens itself. Prompt and completion are tokenised together. The completion begins after
 * as many tokens as the prompt alone has, also where those tokens are others.
 */
final class RowTokenizer {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final boolean assistantOnly;
  private final Map<String, String> specialTokens;

  /**
   * A tokenizer of rows.
   *
   * @param template null where there is none
   * @param assistantOnly whether to find out what the assistant says
   */
  RowTokenizer(Tokenizer tokenizer, ChatTemplate template, boolean assistantOnly) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.assistantOnly = assistantOnly;
    this.specialTokens = specialTokens(tokenizer.specialTokens());
  }

  private static Map<String, String> specialTokens(SpecialTokens tokens) {
    Map<String, String> names = new LinkedHashMap<>();
    tokens.bos().ifPresent(token -> names.put("bos_token", token.content()));
    tokens.eos().ifPresent(token -> names.put("eos_token", token.content()));
    tokens.unk().ifPresent(token -> names.put("unk_token", token.content()));
    tokens.pad().ifPresent(token -> names.put("pad_token", token.content()));
    return names;
  }

  /**
   * The tokens of a row.
   *
   * @throws DataException if the template refuses the chat, or masks cannot be found
   */
  TokenizedRow tokenize(TrainingRow row) {
    return switch (row) {
      case TrainingRow.Text text -> text(text);
      case TrainingRow.Completion completion -> completion(completion);
      case TrainingRow.Chat chat -> chat(chat);
      case TrainingRow.Tokens tokens -> tokens(tokens);
    };
  }

  private TokenizedRow text(TrainingRow.Text row) {
    refuseAssistantOnly(row);
    String text = ended(row.origin(), row.text());
    return new TokenizedRow(row, text, tokenizer.encode(text, true), null, null, null, true);
  }

  private TokenizedRow completion(TrainingRow.Completion row) {
    refuseAssistantOnly(row);
    int[] prompt = tokenizer.encode(row.prompt(), true).ids();
    String whole = row.prompt() + ended(row.origin(), row.completion());
    Encoding encoding = tokenizer.encode(whole, true);
    boolean[] completion = after(prompt.length, encoding.length());
    boolean prefix = isPrefix(prompt, encoding.ids());
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

  private TokenizedRow chat(TrainingRow.Chat row) {
    ChatRequest request = request(row, row.messages());
    try {
      Rendering rendering =
          assistantOnly ? AssistantSpans.of(template, request) : template.render(request);
      Encoding encoding = tokenizer.encode(rendering.text(), false);
      boolean[] assistant =
          assistantOnly
              ? AssistantMask.of(rendering.generationSpans(), encoding.starts(), encoding.ends())
              : null;
      if (assistant != null && !any(assistant)) {
        throw new DataException(
            row.origin(),
            "no token of this conversation is the assistant's, so assistant_only_loss trains"
                + " nothing: drop the record, or use a chat template whose {% generation %} blocks"
                + " mark what the assistant says");
      }
      if (!row.split()) {
        return new TokenizedRow(row, rendering.text(), encoding, null, null, assistant, true);
      }
      ChatRequest promptRequest = request(row, row.prompt()).withGenerationPrompt(true);
      int[] prompt = tokenizer.encode(template.render(promptRequest).text(), false).ids();
      boolean[] completion = after(prompt.length, encoding.length());
      boolean prefix = isPrefix(prompt, encoding.ids());
      return new TokenizedRow(row, rendering.text(), encoding, null, completion, assistant, prefix);
    } catch (TemplateException e) {
      throw new DataException(
          row.origin(), "the chat template refuses the conversation: " + e.getMessage(), e);
    } catch (DataException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new DataException(row.origin(), e.getMessage(), e);
    }
  }

  /** The chat template; null where there is none. */
  ChatTemplate template() {
    return template;
  }

  /** What the template is asked to render for a row. */
  ChatRequest request(TrainingRow.Chat row, List<Message> messages) {
    if (template == null) {
      throw new DataException(
          row.origin(),
          "this record is a conversation, but the model has no chat template: set"
              + " chat_template_path to a .jinja file, a model folder or a built-in template");
    }
    return ChatRequest.of(messages)
        .withTools(row.tools())
        .withSpecialTokens(specialTokens)
        .withKwargs(row.templateKwargs());
  }

  private TokenizedRow tokens(TrainingRow.Tokens row) {
    for (int id : row.inputIds()) {
      if (id >= tokenizer.vocabSize()) {
        throw new DataException(
            row.origin(),
            "token id %d, but the vocabulary has %d: the record was tokenised by another tokenizer"
                .formatted(id, tokenizer.vocabSize()));
      }
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

  private static boolean any(boolean[] mask) {
    for (boolean bit : mask) {
      if (bit) {
        return true;
      }
    }
    return false;
  }

  private static boolean[] after(int from, int length) {
    boolean[] mask = new boolean[length];
    if (from < length) {
      Arrays.fill(mask, from, length, true);
    }
    return mask;
  }

  private static boolean isPrefix(int[] prompt, int[] whole) {
    return prompt.length <= whole.length
        && Arrays.equals(prompt, 0, prompt.length, whole, 0, prompt.length);
  }
}
