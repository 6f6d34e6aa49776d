package dev.sifter.train.data;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.TemplateException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Finds what a conversation has and its chat template leaves out: calls of tools under a template
 * that knows none, thoughts, options of another model's template. Nothing fails then, and the model
 * does not learn them.
 */
final class UnreadFields {
  /** Fields of a message that a model is to learn, beside its content. */
  private static final List<String> TAUGHT =
      List.of("tool_calls", "reasoning_content", "reasoning", "thinking");

  private final ChatTemplate template;
  private final Map<String, Boolean> named = new ConcurrentHashMap<>();

  /**
   * A finder.
   *
   * @param template null where there is none
   */
  UnreadFields(ChatTemplate template) {
    this.template = template;
  }

  /** The names of fields of a conversation without which the template would write the same. */
  Set<String> of(TrainingRow.Chat row, ChatRequest request) {
    Set<String> unread = new TreeSet<>();
    List<Message> messages = request.messages();
    for (String field : TAUGHT) {
      if (!names(field)
          && messages.stream().anyMatch(message -> has(message, field))
          && isAlike(request, request.withMessages(without(messages, field)))) {
        unread.add(field);
      }
    }
    if (row.tools() != null
        && !row.tools().isEmpty()
        && !names("tools")
        && isAlike(request, request.withTools(null))) {
      unread.add("tools");
    }
    for (String name : row.templateKwargs().keySet()) {
      Map<String, Object> others = new LinkedHashMap<>(row.templateKwargs());
      others.remove(name);
      if (!names(name) && isAlike(request, request.withKwargs(others))) {
        unread.add("chat_template_kwargs." + name);
      }
    }
    return unread;
  }

  /** A template that names no field may write all there are. */
  private boolean isAlike(ChatRequest request, ChatRequest without) {
    try {
      return template.render(request).text().equals(template.render(without).text());
    } catch (TemplateException needsIt) {
      return false;
    }
  }

  private boolean names(String field) {
    return named.computeIfAbsent(field, this::isNamed);
  }

  private boolean isNamed(String field) {
    String sources = template.source() + template.toolUseSource().orElse("");
    return Pattern.compile("\\b" + Pattern.quote(field) + "\\b").matcher(sources).find();
  }

  /** Tables fill their gaps with nulls and empty lists. */
  private static boolean has(Message message, String field) {
    Object value = message.fields().get(field);
    return value != null && !value.equals("") && !value.equals(List.of());
  }

  private static List<Message> without(List<Message> messages, String field) {
    return messages.stream()
        .map(
            message -> {
              Map<String, Object> fields = new LinkedHashMap<>(message.fields());
              fields.remove(field);
              return new Message(fields);
            })
        .toList();
  }
}
