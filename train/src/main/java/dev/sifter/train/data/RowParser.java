package dev.sifter.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import dev.sifter.model.chat.Message;
import dev.sifter.train.data.MessageParser.Conversation;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Recognises the format of a record by its fields, in this order:
 *
 * <ol>
 *   <li>{@code input_ids}, with {@code labels}, {@code completion_mask} or {@code assistant_masks};
 *   <li>{@code prompt} and {@code completion}: both texts, or both lists of messages;
 *   <li>{@code messages} or {@code conversations}: a list of messages;
 *   <li>the text field, by default {@code text};
 *   <li>{@code instruction} and {@code output}, with {@code input} and {@code system} (Alpaca): a
 *       conversation of one turn whose answer is the completion.
 * </ol>
 *
 * <p>A field that is null counts as absent: tables written by others fill their gaps so.
 */
final class RowParser {
  private final String textField;
  private final MessageParser messages;

  RowParser(String textField, ChatRoles roles) {
    this.textField = textField;
    this.messages = new MessageParser(roles);
  }

  /**
   * The row of a record.
   *
   * @throws DataException if no format fits, or a field is malformed
   */
  TrainingRow parse(DataRecord record) {
    ObjectNode fields = record.fields();
    Origin origin = record.origin();
    if (has(fields, "input_ids")) {
      return tokens(origin, fields);
    }
    if (has(fields, "prompt") && has(fields, "completion")) {
      return promptCompletion(origin, fields);
    }
    for (String field : List.of("messages", "conversations")) {
      if (has(fields, field)) {
        Conversation chat = messages.parse(origin, field, fields.get(field));
        return chat(origin, List.of(), chat.messages(), false, chat.untrained(), fields);
      }
    }
    if (has(fields, textField)) {
      return new TrainingRow.Text(origin, text(origin, fields, textField));
    }
    if (has(fields, "instruction") && has(fields, "output")) {
      return instruction(origin, fields);
    }
    throw unrecognised(origin, fields);
  }

  private DataException unrecognised(Origin origin, ObjectNode fields) {
    TreeSet<String> names = new TreeSet<>();
    fields.properties().stream()
        .filter(field -> !field.getValue().isNull())
        .forEach(field -> names.add(field.getKey()));
    String missing =
        has(fields, "prompt")
            ? "field 'completion' is missing beside 'prompt'"
            : has(fields, "instruction")
                ? "field 'output' is missing beside 'instruction'"
                : "no known format has the fields " + names;
    return new DataException(
        origin,
        missing
            + "; a record has messages, or conversations, or prompt and completion, or '%s'"
                .formatted(textField)
            + " (dataset_text_field), or instruction and output, or input_ids");
  }

  private static boolean has(ObjectNode fields, String name) {
    return fields.hasNonNull(name);
  }

  private static String text(Origin origin, ObjectNode fields, String name) {
    JsonNode value = fields.get(name);
    if (!value.isTextual()) {
      throw new DataException(
          origin, "field '%s' is a %s; it must be a text".formatted(name, value.getNodeType()));
    }
    return value.textValue();
  }

  private TrainingRow promptCompletion(Origin origin, ObjectNode fields) {
    boolean chat = fields.get("prompt").isArray();
    if (chat != fields.get("completion").isArray()) {
      throw new DataException(
          origin, "prompt and completion must both be texts, or both lists of messages");
    }
    if (!chat) {
      return new TrainingRow.Completion(
          origin, text(origin, fields, "prompt"), text(origin, fields, "completion"));
    }
    Conversation prompt = messages.parse(origin, "prompt", fields.get("prompt"));
    Conversation completion = messages.parse(origin, "completion", fields.get("completion"));
    Set<Integer> untrained = new HashSet<>(prompt.untrained());
    completion.untrained().forEach(place -> untrained.add(prompt.messages().size() + place));
    return chat(origin, prompt.messages(), completion.messages(), true, untrained, fields);
  }

  private TrainingRow instruction(Origin origin, ObjectNode fields) {
    List<Message> prompt = new ArrayList<>();
    if (has(fields, "system") && !text(origin, fields, "system").isEmpty()) {
      prompt.add(Message.of("system", text(origin, fields, "system")));
    }
    String question = text(origin, fields, "instruction");
    String input = has(fields, "input") ? text(origin, fields, "input") : "";
    prompt.add(Message.of("user", input.isEmpty() ? question : question + "\n\n" + input));
    List<Message> answer = List.of(Message.of("assistant", text(origin, fields, "output")));
    return chat(origin, prompt, answer, true, Set.of(), fields);
  }

  private static TrainingRow chat(
      Origin origin,
      List<Message> prompt,
      List<Message> completion,
      boolean split,
      Set<Integer> untrained,
      ObjectNode fields) {
    return new TrainingRow.Chat(
        origin,
        prompt,
        completion,
        split,
        tools(origin, fields),
        templateKwargs(origin, fields),
        untrained);
  }

  private static List<Object> tools(Origin origin, ObjectNode fields) {
    if (!has(fields, "tools")) {
      return null;
    }
    JsonNode tools = fields.get("tools");
    try {
      JsonNode list = tools.isTextual() ? Json.reader().readTree(tools.textValue()) : tools;
      if (list.isNull()) {
        return null;
      }
      if (list instanceof ArrayNode array) {
        List<Object> schemas = new ArrayList<>();
        array.forEach(schemas::add);
        return schemas;
      }
    } catch (JsonProcessingException e) {
      throw new DataException(
          origin, "field 'tools' is a text that is not JSON: " + e.getOriginalMessage(), e);
    }
    throw new DataException(origin, "field 'tools' must be a list of JSON schemas");
  }

  private static Map<String, Object> templateKwargs(Origin origin, ObjectNode fields) {
    if (!has(fields, "chat_template_kwargs")) {
      return Map.of();
    }
    JsonNode kwargs = fields.get("chat_template_kwargs");
    if (!kwargs.isObject()) {
      throw new DataException(origin, "field 'chat_template_kwargs' must be an object");
    }
    return Json.mapper().convertValue(kwargs, new TypeReference<Map<String, Object>>() {});
  }

  private static TrainingRow tokens(Origin origin, ObjectNode fields) {
    int[] ids = ints(origin, fields, "input_ids", -1);
    int[] labels = ints(origin, fields, "labels", ids.length);
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new DataException(origin, "input_ids[%d] is %d".formatted(i, ids[i]));
      }
      if (labels != null && labels[i] < 0 && labels[i] != Example.IGNORED) {
        throw new DataException(
            origin,
            "labels[%d] is %d; a label is a token id, or %d for a token that is not trained"
                .formatted(i, labels[i], Example.IGNORED));
      }
    }
    return new TrainingRow.Tokens(
        origin,
        ids,
        labels,
        mask(origin, fields, "completion_mask", ids.length),
        mask(origin, fields, "assistant_masks", ids.length));
  }

  private static int[] ints(Origin origin, ObjectNode fields, String name, int length) {
    if (!has(fields, name)) {
      return null;
    }
    JsonNode list = fields.get(name);
    if (!list.isArray() || length >= 0 && list.size() != length) {
      throw new DataException(
          origin,
          "field '%s' must be a list of%s integers"
              .formatted(name, length < 0 ? "" : " " + length));
    }
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      if (!list.get(i).isIntegralNumber() || !list.get(i).canConvertToInt()) {
        throw new DataException(
            origin, "%s[%d] is %s, not an integer".formatted(name, i, list.get(i)));
      }
      values[i] = list.get(i).intValue();
    }
    return values;
  }

  private static boolean[] mask(Origin origin, ObjectNode fields, String name, int length) {
    int[] values = ints(origin, fields, name, length);
    if (values == null) {
      return null;
    }
    boolean[] mask = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      mask[i] = values[i] != 0;
    }
    return mask;
  }
}
