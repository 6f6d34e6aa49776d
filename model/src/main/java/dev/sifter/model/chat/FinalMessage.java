package dev.sifter.model.chat;

import dev.sifter.model.chat.jinja.PythonStrings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code continue_final_message}: renders a chat whose last message stays open. */
final class FinalMessage {
  private static final String TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

  private FinalMessage() {}

  static Rendering render(ChatTemplate template, ChatRequest request) {
    String field = request.continueFinalMessage();
    if (request.addGenerationPrompt()) {
      throw new IllegalArgumentException(
          "a chat either continues its final message or gets a generation prompt, not both");
    }
    if (!template.source().contains(field)) {
      throw new IllegalArgumentException(
          "the template does not use the field '" + field + "', so it cannot be continued");
    }
    List<Message> messages = new ArrayList<>(request.messages());
    Message last = messages.removeLast();
    Object value = last.fields().get(field);
    String open = openText(value, field);
    messages.add(last.with(field, tagged(value)));
    String text = template.renderWhole(request.withMessages(messages)).text();
    String tag = PythonStrings.strip(TAG);
    if (!text.contains(PythonStrings.strip(open)) || !text.contains(tag)) {
      throw new IllegalArgumentException(
          "the final message cannot be continued: the template drops or changes its '"
              + field
              + "'");
    }
    int at = text.lastIndexOf(tag);
    String head = text.substring(0, at);
    return new Rendering(text.startsWith(TAG, at) ? head : PythonStrings.stripEnd(head), List.of());
  }

  private static String openText(Object value, String field) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof List<?> parts) {
      for (Object part : parts.reversed()) {
        if (part instanceof Map<?, ?> map && map.get("text") instanceof String text) {
          return text;
        }
      }
    }
    throw new IllegalArgumentException("the final message has no '" + field + "' to continue");
  }

  private static Object tagged(Object value) {
    if (value instanceof String text) {
      return text + TAG;
    }
    List<Object> parts = new ArrayList<>((List<?>) value);
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (parts.get(i) instanceof Map<?, ?> map && map.get("text") instanceof String text) {
        Map<Object, Object> part = new LinkedHashMap<>(map);
        part.put("text", text + TAG);
        parts.set(i, part);
        break;
      }
    }
    return parts;
  }
}
