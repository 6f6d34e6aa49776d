package dev.sifter.train.cli;

import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.generate.FinishReason;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What was said so far between a user and a model, and the model's next answer. */
final class Conversation {
  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final GenerationConfig config;
  private final String system;
  private final List<Message> messages = new ArrayList<>();

  /**
   * An empty conversation.
   *
   * @param system the system message; null for none
   */
  Conversation(
      Decoder decoder,
      Tokenizer tokenizer,
      ChatTemplate template,
      GenerationConfig config,
      String system) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.template = template;
    this.config = config;
    this.system = system;
    reset();
  }

  /** Forgets all but the system message. */
  void reset() {
    messages.clear();
    if (system != null) {
      messages.add(Message.of("system", system));
    }
  }

  /**
   * Says something to the model and writes its answer while it comes, as far as it comes where it
   * is stopped. Where the conversation has outgrown the model's context, it says so and forgets
   * what was said last.
   */
  void answer(String text, AnswerStream stream, PrintWriter err) {
    messages.add(Message.of("user", text));
    int[] prompt = ChatPrompt.ids(ChatRequest.of(messages), template, tokenizer, true);
    int context = decoder.config().longestSequence();
    int room = context - prompt.length;
    if (room < 1) {
      messages.removeLast();
      err.println(
          ("(the conversation would have %d tokens, but the model's context has %d: shorten the"
                  + " message, or begin anew with /reset)")
              .formatted(prompt.length, context));
      return;
    }
    int allowed = config.newTokens(prompt.length);
    GenerationConfig fitted = config.toBuilder().maxNewTokens(Math.min(allowed, room)).build();
    Generation answer =
        new Generator(decoder, tokenizer).generate(List.of(prompt), fitted, stream).getFirst();
    stream.end();
    messages.add(Message.of("assistant", answer.text()));
    if (answer.reason() == FinishReason.CANCELLED) {
      err.println("(stopped; the conversation goes on from here)");
    } else if (answer.reason() == FinishReason.MAX_NEW_TOKENS) {
      err.println(
          room <= allowed
              ? "(cut off: the model's context of %d tokens is full; /reset begins anew)"
                  .formatted(context)
              : "(cut off after %d tokens; --max-new-tokens allows more)".formatted(allowed));
    }
  }
}
