package dev.sifter.model.chat;

import dev.sifter.model.chat.jinja.JinjaException;
import dev.sifter.model.chat.jinja.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A compiled chat template, in the Jinja dialect of Hugging Face transformers, and perhaps another
 * that renders the chats with tools. Immutable, and safe to share between threads.
 */
public final class ChatTemplate {
  private final String source;
  private final Template template;
  private final ChatTemplate toolUse;

  private ChatTemplate(String source, Template template, ChatTemplate toolUse) {
    this.source = source;
    this.template = template;
    this.toolUse = toolUse;
  }

  /**
   * Compiles a template.
   *
   * @throws TemplateException where the text is not a template
   */
  public static ChatTemplate compile(String source) {
    try {
      return new ChatTemplate(source, Template.compile(source), null);
    } catch (JinjaException error) {
      throw TemplateException.of(error);
    }
  }

  /** This template for chats without tools, another one for those with tools. */
  ChatTemplate withToolUse(ChatTemplate other) {
    return new ChatTemplate(source, template, other);
  }

  /** The text of the template that renders chats without tools. */
  public String source() {
    return source;
  }

  /** The text of the template that renders chats with tools, where that is another one. */
  public Optional<String> toolUseSource() {
    return Optional.ofNullable(toolUse).map(ChatTemplate::source);
  }

  /** The one template that renders a request. */
  ChatTemplate chosenFor(ChatRequest request) {
    return toolUse == null || request.tools() == null ? this : toolUse;
  }

  /** Whether {@code generation} blocks say what the model is to produce, in chats without tools. */
  public boolean marksGeneration() {
    return template.marksGeneration();
  }

  /**
   * Renders a chat.
   *
   * @throws TemplateException where the template refuses the chat, or fails
   * @throws IllegalArgumentException for an empty chat, for parts that are not text, and where a
   *     final message cannot be continued
   */
  public Rendering render(ChatRequest request) {
    if (request.messages().isEmpty()) {
      throw new IllegalArgumentException("a chat needs at least one message");
    }
    if (request.textOnly()) {
      for (int i = 0; i < request.messages().size(); i++) {
        request.messages().get(i).requireText(i);
      }
    }
    return request.continueFinalMessage() == null
        ? renderWhole(request)
        : FinalMessage.render(chosenFor(request), request);
  }

  /** Renders without the checks. */
  Rendering renderWhole(ChatRequest request) {
    try {
      Template.Output output =
          chosenFor(request).template.render(request.variables(), request.now());
      int[] ends = output.spans();
      List<Span> spans = new ArrayList<>(ends.length / 2);
      for (int i = 0; i < ends.length; i += 2) {
        spans.add(new Span(ends[i], ends[i + 1]));
      }
      return new Rendering(output.text(), spans);
    } catch (JinjaException error) {
      throw TemplateException.of(error);
    }
  }
}
