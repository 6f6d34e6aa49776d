package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import java.util.function.Supplier;

/** Rows that are to be scored, as token ids. */
final class RowEncoder {
  private final Tokenizer tokenizer;
  private final Supplier<ChatTemplate> templates;
  private final ModelConfig config;
  private ChatTemplate template;

  /**
   * An encoder.
   *
   * @param templates asked for the chat template when the first conversation comes
   * @param config of the model, for the range of ids and the length of rows
   */
  RowEncoder(Tokenizer tokenizer, Supplier<ChatTemplate> templates, ModelConfig config) {
    this.tokenizer = tokenizer;
    this.templates = templates;
    this.config = config;
  }

  /**
   * The tokens of a row: of {@code input_ids} as they are, of {@code text} with the tokenizer's
   * special tokens, of {@code messages} as the chat template renders them.
   *
   * @throws DataException naming the line and the field that is wrong
   */
  int[] encode(DataRecord record) {
    ObjectNode fields = record.fields();
    try {
      String field =
          fields.hasNonNull("input_ids")
              ? "input_ids"
              : fields.hasNonNull("text") ? "text" : "messages";
      int[] ids =
          switch (field) {
            case "input_ids" -> inputIds(fields.get(field));
            case "text" -> text(fields.get(field));
            default -> messages(fields);
          };
      check(field, ids);
      return ids;
    } catch (TemplateException e) {
      throw new DataException(
          record.origin(), "field 'messages': the chat template says: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new DataException(record.origin(), e.getMessage(), e);
    }
  }

  private int[] inputIds(JsonNode list) {
    if (!list.isArray()) {
      throw new IllegalArgumentException("field 'input_ids' must be a list of integers");
    }
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = list.get(i);
      if (!id.isIntegralNumber() || !id.canConvertToInt()) {
        throw new IllegalArgumentException("input_ids[%d] is %s, not an integer".formatted(i, id));
      }
      ids[i] = id.intValue();
    }
    return ids;
  }

  private int[] text(JsonNode text) {
    if (!text.isTextual()) {
      throw new IllegalArgumentException(
          "field 'text' is a %s; it must be a text".formatted(text.getNodeType()));
    }
    return tokenizer.encode(text.textValue(), true).ids();
  }

  private int[] messages(ObjectNode fields) {
    if (!fields.hasNonNull("messages")) {
      throw new IllegalArgumentException("a row needs the field input_ids, text or messages");
    }
    ChatRequest request;
    try {
      request = ChatFields.request(fields);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("field 'messages': " + e.getMessage(), e);
    }
    if (template == null) {
      template = templates.get();
    }
    return ChatPrompt.ids(request, template, tokenizer, false);
  }

  private void check(String field, int[] ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("field '%s' gives no token".formatted(field));
    }
    if (ids.length > config.longestSequence()) {
      throw new IllegalArgumentException(
          "field '%s' gives %d tokens, but the model's context has %d: shorten the row"
              .formatted(field, ids.length, config.longestSequence()));
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= config.vocabSize()) {
        throw new IllegalArgumentException(
            "field '%s': token %d is %d, but the model has ids from 0 to %d"
                .formatted(field, i, ids[i], config.vocabSize() - 1));
      }
    }
  }
}
