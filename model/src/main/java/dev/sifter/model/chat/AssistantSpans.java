package dev.sifter.model.chat;

import dev.sifter.model.chat.jinja.PythonStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The ranges of a rendered chat that the assistant writes: its text and the mark that ends its
 * turn. Where the template marks them, they are the generation spans. Elsewhere they are derived,
 * in one of two ways, and never guessed: the pieces found must rebuild the rendered text exactly.
 *
 * <ol>
 *   <li>By prefix: the chat up to an assistant message, with a generation prompt, must begin the
 *       chat that ends with the message, and that one must begin the whole. The turn is what lies
 *       between: what the model will be asked to write.
 *   <li>By content: the chat is rendered once with a placeholder instead of the content of every
 *       assistant message. Between the placeholders lies what the template adds; with the contents
 *       put back it must be the rendered chat. The mark that ends a turn is what follows the
 *       placeholder where the chat stops after that message.
 * </ol>
 */
public final class AssistantSpans {
  private final ChatTemplate template;
  private final ChatRequest request;
  private final String text;
  private final List<Integer> turns = new ArrayList<>();

  private AssistantSpans(ChatTemplate template, ChatRequest request, String text) {
    this.template = template;
    this.request = request;
    this.text = text;
    for (int i = 0; i < request.messages().size(); i++) {
      if (request.messages().get(i).isAssistant()) {
        turns.add(i);
      }
    }
  }

  /**
   * Renders a chat, with spans also where the template does not mark them.
   *
   * @return the text, and the spans in their order
   * @throws IllegalArgumentException where the chat has no assistant message, or no way proves
   *     where the spans are; says why, and what to do
   * @throws TemplateException where the template refuses the chat
   */
  public static Rendering of(ChatTemplate template, ChatRequest request) {
    Rendering rendering = template.render(request);
    if (template.chosenFor(request).marksGeneration()) {
      return rendering;
    }
    AssistantSpans spans = new AssistantSpans(template, request, rendering.text());
    if (spans.turns.isEmpty()) {
      throw new IllegalArgumentException("the chat has no message of the role assistant to learn");
    }
    return new Rendering(rendering.text(), spans.derive());
  }

  private List<Span> derive() {
    String byPrefix;
    try {
      return byPrefix();
    } catch (Unproven | TemplateException reason) {
      byPrefix = reason.getMessage();
    }
    try {
      return byContent();
    } catch (Unproven | TemplateException reason) {
      throw new IllegalArgumentException(
          "where the answers lie in the rendered chat cannot be proved. By prefix: "
              + byPrefix
              + " By content: "
              + reason.getMessage()
              + " Use a chat template with {% generation %} blocks (a file of your own, or a"
              + " built-in one of "
              + String.join(", ", ChatTemplates.builtInNames())
              + "), or train on whole texts or on completions only.",
          reason);
    }
  }

  /** Why one of the ways does not prove the spans. */
  private static final class Unproven extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unproven(String reason) {
      super(reason, null, false, false);
    }
  }

  private List<Span> byContent() {
    String stem = "CONTENT";
    while (text.contains(stem)) {
      stem += "X";
    }
    List<String> skeleton = skeleton(stem);
    List<Span> spans = new ArrayList<>();
    int at = skeleton.get(0).length();
    if (!text.startsWith(skeleton.get(0))) {
      throw new Unproven("what comes before the first answer depends on the answers.");
    }
    for (int i = 0; i < turns.size(); i++) {
      String after = skeleton.get(i + 1);
      String content = (String) request.messages().get(turns.get(i)).content();
      int end = at + contentLength(content, at, after, i);
      String mark = endMark(stem, i);
      if (!after.startsWith(mark)) {
        throw new Unproven(
            "message " + turns.get(i) + " ends in another way inside the chat than at its end.");
      }
      spans.add(span(at, end + mark.length()));
      at = end + after.length();
    }
    if (at != text.length()) {
      throw new Unproven("the rendered chat is longer than its pieces.");
    }
    return spans;
  }

  /** The rendered chat, cut at the placeholders. */
  private List<String> skeleton(String stem) {
    List<Message> messages = new ArrayList<>(request.messages());
    for (int i = 0; i < turns.size(); i++) {
      Message message = messages.get(turns.get(i));
      if (!(message.content() instanceof String content) || content.isBlank()) {
        throw new Unproven("message " + turns.get(i) + " has no text as its content.");
      }
      messages.set(turns.get(i), message.with("content", placeholder(stem, i)));
    }
    String rest = template.renderWhole(request.withMessages(messages)).text();
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      String placeholder = placeholder(stem, i);
      int found = rest.indexOf(placeholder);
      if (found < 0 || rest.indexOf(placeholder, found + 1) >= 0) {
        throw new Unproven(
            "the template writes the content of message "
                + turns.get(i)
                + (found < 0 ? " nowhere, or changed." : " more than once."));
      }
      pieces.add(rest.substring(0, found));
      rest = rest.substring(found + placeholder.length());
    }
    pieces.add(rest);
    return pieces;
  }

  private static String placeholder(String stem, int turn) {
    return stem + "-" + turn + "-" + stem;
  }

  /** The length of the content as the template writes it: as it is, or stripped. */
  private int contentLength(String content, int at, String after, int turn) {
    for (String form :
        List.of(content, PythonStrings.strip(content), PythonStrings.stripEnd(content))) {
      if (text.startsWith(form, at) && text.startsWith(after, at + form.length())) {
        return form.length();
      }
    }
    throw new Unproven(
        "the template changes the content of message "
            + turns.get(turn)
            + ", or what surrounds it depends on it.");
  }

  /** What follows the content where the chat stops there, without white space at its end. */
  private String endMark(String stem, int turn) {
    int index = turns.get(turn);
    String placeholder = placeholder(stem, turn);
    List<Message> messages = new ArrayList<>(request.messages().subList(0, index));
    messages.add(request.messages().get(index).with("content", placeholder));
    ChatRequest shorter = request.withMessages(messages).withGenerationPrompt(false);
    String rendered = template.renderWhole(shorter).text();
    int found = rendered.lastIndexOf(placeholder);
    if (found < 0) {
      throw new Unproven("the template does not write message " + index + " at the end of a chat.");
    }
    return PythonStrings.stripEnd(rendered.substring(found + placeholder.length()));
  }

  private List<Span> byPrefix() {
    List<Span> spans = new ArrayList<>();
    for (int index : turns) {
      if (index == 0) {
        throw new Unproven("the chat begins with an answer.");
      }
      List<Message> messages = request.messages();
      String before =
          template
              .renderWhole(prefix(messages.subList(0, index)).withGenerationPrompt(true))
              .text();
      String through = template.renderWhole(prefix(messages.subList(0, index + 1))).text();
      if (!through.startsWith(before)) {
        throw new Unproven(
            "the generation prompt before message " + index + " is not how that message begins.");
      }
      if (!text.startsWith(through)) {
        throw new Unproven(
            "the chat through message "
                + index
                + " does not begin the whole chat: the template is"
                + " not prefix-preserving.");
      }
      requirePrompt(index, before, through);
      int end = Math.max(before.length(), PythonStrings.stripEnd(through).length());
      spans.add(span(before.length(), end));
    }
    return spans;
  }

  /** Without a generation prompt, only white space may come before the content of an answer. */
  private void requirePrompt(int index, String before, String through) {
    Object content = request.messages().get(index).content();
    ChatRequest unprompted = prefix(request.messages().subList(0, index));
    boolean prompted = !template.renderWhole(unprompted).text().equals(before);
    String turn = PythonStrings.strip(through.substring(before.length()));
    if (!prompted && !(content instanceof String t && turn.startsWith(PythonStrings.strip(t)))) {
      throw new Unproven("the template has no generation prompt, but a header before answers.");
    }
  }

  private ChatRequest prefix(List<Message> messages) {
    return request.withMessages(messages).withGenerationPrompt(false);
  }

  private Span span(int start, int end) {
    int from = text.codePointCount(0, start);
    return new Span(from, from + text.codePointCount(start, end));
  }

  /**
   * Whether every part of the chat that ends with an assistant message is rendered as the beginning
   * of the whole. Training on the whole then teaches what the model sees when it answers turn by
   * turn.
   */
  public static boolean isPrefixPreserving(ChatTemplate template, ChatRequest request) {
    return isPrefixPreserving(template, request, 0);
  }

  /**
   * The same for the answers from a message on, such as those of a completion: what comes before
   * them is read, never written.
   */
  public static boolean isPrefixPreserving(ChatTemplate template, ChatRequest request, int from) {
    String whole = template.render(request.withGenerationPrompt(false)).text();
    for (int i = from + 1; i < request.messages().size(); i++) {
      if (request.messages().get(i - 1).isAssistant()) {
        ChatRequest part =
            request.withMessages(request.messages().subList(0, i)).withGenerationPrompt(false);
        if (!whole.startsWith(template.render(part).text())) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Whether a template renders a short chat with a tool call as the beginning of the same chat with
   * the tool's answer, and a chat of two turns as the beginning of one of four: a check that needs
   * no data. A template that refuses tools is judged by the turns alone.
   */
  public static boolean isPrefixPreserving(ChatTemplate template, Map<String, String> tokens) {
    Message user = Message.of("user", "dummy");
    Message answer = Message.of("assistant", "dummy");
    ChatRequest turns = ChatRequest.of(user, answer, user, answer).withSpecialTokens(tokens);
    if (!isPrefixPreserving(template, turns)) {
      return false;
    }
    Object call =
        Map.of("type", "function", "function", Map.of("name", "dummy", "arguments", Map.of()));
    Message calling = Message.of("assistant", "").with("tool_calls", List.of(call));
    Message result = Message.of("tool", "dummy").with("name", "dummy");
    try {
      return isPrefixPreserving(
          template, ChatRequest.of(user, calling, result).withSpecialTokens(tokens));
    } catch (TemplateException refusesTools) {
      return true;
    }
  }

  /**
   * Whether every span ends with the token that is to stop generation, white space after it aside.
   * A model that is trained on spans without it never learns to stop.
   *
   * @param stopToken the text of the token, such as {@code <|im_end|>}
   */
  public static boolean trainsStopToken(Rendering rendering, String stopToken) {
    for (Span span : rendering.generationSpans()) {
      if (!PythonStrings.stripEnd(span.of(rendering.text())).endsWith(stopToken)) {
        return false;
      }
    }
    return !rendering.generationSpans().isEmpty();
  }
}
