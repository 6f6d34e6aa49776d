package dev.sifter.model.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.chat.jinja.Values;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is to be rendered: a chat and what its template may ask for besides. Immutable; each {@code
 * with} method gives a changed copy.
 *
 * @param messages the chat
 * @param tools JSON schemas of tools, or null
 * @param documents documents with title and text, or null
 * @param addGenerationPrompt whether to end with the header of an answer
 * @param continueFinalMessage the field of the last message that is left open for the model to
 *     continue, usually {@code content}; null for none
 * @param specialTokens {@code bos_token}, {@code eos_token} and the like
 * @param kwargs further variables of the template, such as {@code enable_thinking}; they win over
 *     special tokens
 * @param now the time for {@code strftime_now}; null for the clock's
 * @param textOnly whether parts of messages that are not text are refused
 */
public record ChatRequest(
    List<Message> messages,
    List<Object> tools,
    List<Object> documents,
    boolean addGenerationPrompt,
    String continueFinalMessage,
    Map<String, String> specialTokens,
    Map<String, Object> kwargs,
    LocalDateTime now,
    boolean textOnly) {
  private static final Set<String> RESERVED =
      Set.of("messages", "tools", "documents", "add_generation_prompt");

  /** Copies what is given and refuses a kwarg that hides a variable of its own. */
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = normalized(tools);
    documents = normalized(documents);
    specialTokens = Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens));
    Map<String, Object> copy = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : kwargs.entrySet()) {
      if (RESERVED.contains(entry.getKey())) {
        throw new IllegalArgumentException(
            "chat_template_kwargs may not set '" + entry.getKey() + "': it is a field of its own");
      }
      copy.put(entry.getKey(), Values.of(entry.getValue()));
    }
    kwargs = Collections.unmodifiableMap(copy);
  }

  private static List<Object> normalized(List<Object> values) {
    if (values == null) {
      return null;
    }
    List<Object> copy = new ArrayList<>(values.size());
    for (Object value : values) {
      copy.add(Values.of(value));
    }
    return Collections.unmodifiableList(copy);
  }

  /** A request for a chat, with nothing besides. */
  public static ChatRequest of(List<Message> messages) {
    return new ChatRequest(messages, null, null, false, null, Map.of(), Map.of(), null, true);
  }

  /** A request for a chat, with nothing besides. */
  public static ChatRequest of(Message... messages) {
    return of(List.of(messages));
  }

  /**
   * A request for a JSON array of messages.
   *
   * @throws IllegalArgumentException naming the message that is not an object
   */
  public static ChatRequest from(JsonNode messages) {
    if (messages == null || !messages.isArray()) {
      throw new IllegalArgumentException(
          "a chat is a JSON array of messages, not "
              + (messages == null ? "nothing" : messages.getNodeType()));
    }
    List<Message> list = new ArrayList<>();
    for (JsonNode message : messages) {
      try {
        list.add(Message.from(message));
      } catch (IllegalArgumentException error) {
        throw new IllegalArgumentException(
            "message " + list.size() + ": " + error.getMessage(), error);
      }
    }
    return of(list);
  }

  /** With other messages. */
  public ChatRequest withMessages(List<Message> value) {
    return new ChatRequest(
        value,
        tools,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        kwargs,
        now,
        textOnly);
  }

  /** With tools: maps or JSON. */
  public ChatRequest withTools(List<Object> value) {
    return new ChatRequest(
        messages,
        value,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        kwargs,
        now,
        textOnly);
  }

  /** With documents: maps or JSON. */
  public ChatRequest withDocuments(List<Object> value) {
    return new ChatRequest(
        messages,
        tools,
        value,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        kwargs,
        now,
        textOnly);
  }

  /** With or without the header of an answer at the end. */
  public ChatRequest withGenerationPrompt(boolean value) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        value,
        continueFinalMessage,
        specialTokens,
        kwargs,
        now,
        textOnly);
  }

  /** Leaves a field of the last message open; null closes it. */
  public ChatRequest withContinueFinalMessage(String field) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        addGenerationPrompt,
        field,
        specialTokens,
        kwargs,
        now,
        textOnly);
  }

  /** With special tokens by the names of a tokenizer_config.json. */
  public ChatRequest withSpecialTokens(Map<String, String> value) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        value,
        kwargs,
        now,
        textOnly);
  }

  /** With further variables. */
  public ChatRequest withKwargs(Map<String, Object> value) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        value,
        now,
        textOnly);
  }

  /** With a fixed time, so that a rendering can be repeated. */
  public ChatRequest withNow(LocalDateTime value) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        kwargs,
        value,
        textOnly);
  }

  /** With or without the refusal of images, sound and the like. */
  public ChatRequest withTextOnly(boolean value) {
    return new ChatRequest(
        messages,
        tools,
        documents,
        addGenerationPrompt,
        continueFinalMessage,
        specialTokens,
        kwargs,
        now,
        value);
  }

  /** The variables that the template sees. */
  Map<String, Object> variables() {
    Map<String, Object> variables = new LinkedHashMap<>();
    List<Object> chat = new ArrayList<>(messages.size());
    for (Message message : messages) {
      chat.add(message.fields());
    }
    variables.put("messages", chat);
    variables.put("tools", tools);
    variables.put("documents", documents);
    variables.put("add_generation_prompt", addGenerationPrompt);
    variables.putAll(specialTokens);
    variables.putAll(kwargs);
    return variables;
  }
}
