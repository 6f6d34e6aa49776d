package dev.sifter.model.chat;

import dev.sifter.model.chat.jinja.PythonStrings;
import java.util.ArrayList;
import java.util.List;

/**
 * Renders chats whose template writes an answer in another way once later messages follow: thinking
 * models keep their thoughts in the last answer only. Such a chat as a whole is nothing that the
 * model ever sees while it answers; what it sees is each of its turns, or all of them with nothing
 * left out.
 */
public final class ChatHistory {
  private final ChatTemplate template;
  private final ChatRequest request;
  private final List<Message> placeholders;

  private ChatHistory(ChatTemplate template, ChatRequest request) {
    this.template = template;
    this.request = request;
    this.placeholders = new ArrayList<>(request.messages());
    for (int i = 0; i < placeholders.size(); i++) {
      if (placeholders.get(i).isAssistant()) {
        placeholders.set(i, Message.of("assistant", placeholder(i)));
      }
    }
  }

  private static String placeholder(int message) {
    return "ANSWER-" + message + "-ANSWER";
  }

  /**
   * The chat through one answer, as the model sees and writes it when its turn has come. The one
   * span is that answer, with the mark that ends it.
   *
   * @param index of a message of the assistant
   * @throws IllegalArgumentException where the answer cannot be told from the prompt
   */
  public static Rendering turn(ChatTemplate template, ChatRequest request, int index) {
    ChatRequest through =
        request.withMessages(request.messages().subList(0, index + 1)).withGenerationPrompt(false);
    Rendering whole = template.render(through);
    if (template.chosenFor(request).marksGeneration() && !whole.generationSpans().isEmpty()) {
      return new Rendering(whole.text(), List.of(whole.generationSpans().getLast()));
    }
    String before = prompt(template, request, index);
    requireOpens(before, whole.text(), index);
    int end = Math.max(before.length(), PythonStrings.stripEnd(whole.text()).length());
    return new Rendering(whole.text(), List.of(span(whole.text(), before.length(), end)));
  }

  private static void requireOpens(String prompt, String turn, int index) {
    if (!turn.startsWith(prompt)) {
      throw new IllegalArgumentException(
          "the generation prompt before message %d is not how that message begins"
              .formatted(index));
    }
  }

  private static String prompt(ChatTemplate template, ChatRequest request, int index) {
    if (index == 0) {
      return "";
    }
    ChatRequest before =
        request.withMessages(request.messages().subList(0, index)).withGenerationPrompt(true);
    return template.render(before).text();
  }

  /**
   * The whole chat with every answer as it was when its turn came: put together from the turns. The
   * spans are the answers. For a template that rewrites nothing it is the chat as rendered.
   *
   * @throws IllegalArgumentException where the pieces do not fit together
   */
  public static Rendering kept(ChatTemplate template, ChatRequest request) {
    ChatHistory history = new ChatHistory(template, request.withGenerationPrompt(false));
    StringBuilder text = new StringBuilder();
    List<Span> spans = new ArrayList<>();
    int previous = -1;
    for (int i = 0; i < request.messages().size(); i++) {
      if (request.messages().get(i).isAssistant()) {
        Rendering turn = turn(template, request, i);
        String prompt = prompt(template, request, i);
        requireOpens(prompt, turn.text(), i);
        text.append(previous < 0 ? prompt : history.between(previous, i, prompt));
        int shift = codePoints(text) - codePoints(prompt);
        Span answer = turn.generationSpans().getFirst();
        spans.add(new Span(answer.start() + shift, answer.end() + shift));
        text.append(turn.text(), prompt.length(), turn.text().length());
        previous = i;
      }
    }
    if (previous < 0) {
      return history.template.render(history.request);
    }
    if (previous < request.messages().size() - 1) {
      String whole = template.render(history.request).text();
      text.append(history.between(previous, request.messages().size(), whole));
    }
    return new Rendering(text.toString(), spans);
  }

  private static int codePoints(CharSequence text) {
    return Character.codePointCount(text, 0, text.length());
  }

  /**
   * What the template writes from the end of one answer to the beginning of another, or to the end
   * of the chat: found in the chat whose answers are placeholders, where what the template leaves
   * out of answers is not there to be left out.
   *
   * @param prompt what is written up to there
   */
  private String between(int previous, int next, String prompt) {
    String mark = placeholder(previous);
    ChatRequest through = request.withMessages(placeholders.subList(0, previous + 1));
    String end = after(template.renderWhole(through).text(), mark, previous);
    boolean answerFollows = next < request.messages().size();
    ChatRequest before =
        request.withMessages(placeholders.subList(0, next)).withGenerationPrompt(answerFollows);
    String rest = after(template.renderWhole(before).text(), mark, previous);
    if (!rest.startsWith(end) || !prompt.endsWith(rest.substring(end.length()))) {
      throw new IllegalArgumentException(
          ("what stands between message %d and message %d depends on the answers, so that the chat"
                  + " cannot be put together with its history kept")
              .formatted(previous, next));
    }
    return rest.substring(end.length());
  }

  private static String after(String text, String mark, int message) {
    int found = text.indexOf(mark);
    if (found < 0 || text.indexOf(mark, found + 1) >= 0) {
      throw new IllegalArgumentException(
          "the template does not write the content of message %d once".formatted(message));
    }
    return text.substring(found + mark.length());
  }

  private static Span span(String text, int start, int end) {
    int from = text.codePointCount(0, start);
    return new Span(from, from + text.codePointCount(start, end));
  }
}
