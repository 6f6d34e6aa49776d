package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter template}: a conversation as the model reads it and as the loss counts it. */
@Command(
    name = "template",
    description = "Render a conversation, and show which of its tokens are trained.",
    footer = {
      "",
      "Examples:",
      "  sifter template --model smollm --messages chat.json",
      "  sifter template --model smollm --messages chat.json --html chat.html",
      "  echo '[{\"role\": \"user\", \"content\": \"Hi\"}]' |",
      "    sifter template --model smollm --messages - --add-generation-prompt",
      "",
      "The file holds a list of messages, or an object with messages and perhaps tools and"
          + " chat_template_kwargs. On a terminal, trained tokens are green and ignored ones grey."
    },
    mixinStandardHelpOptions = true)
final class TemplateCommand implements Callable<Integer> {
  @Mixin private TokenizerOptions model;
  @Mixin private ChatTemplateOptions template;

  @Option(
      names = "--messages",
      paramLabel = "FILE",
      required = true,
      description = "The conversation, as JSON; - for standard input.")
  private Path messages;

  @Option(
      names = "--add-generation-prompt",
      description = "End with the header of the answer that the model is to write.")
  private boolean addGenerationPrompt;

  @Option(
      names = "--assistant-only-loss",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "The option of training whose mask is shown; by default true.")
  private boolean assistantOnlyLoss;

  @Option(names = "--json", description = "Print one JSON object: text, ids, tokens.")
  private boolean json;

  @Option(names = "--html", paramLabel = "FILE", description = "Also write a page to look at.")
  private Path html;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Tokenizer tokenizer = model.tokenizer();
    ChatTemplate compiled = template.require(model.folder(), null);
    RenderedChat chat =
        RenderedChat.of(
            ChatFile.read(messages), compiled, tokenizer, assistantOnlyLoss, addGenerationPrompt);
    if (html != null) {
      byte[] page = TokenPage.of(chat).getBytes(StandardCharsets.UTF_8);
      AtomicFiles.write(html, file -> file.write(page));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(toJson(chat));
    } else {
      boolean colours = spec.commandLine().getColorScheme().ansi().enabled();
      new TokenListing(out, Inputs.isTerminal(), colours).print(chat);
    }
    return 0;
  }

  private static String toJson(RenderedChat chat) {
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("text", chat.text());
    ArrayNode tokens = result.putArray("tokens");
    for (RenderedChat.Token token : chat.tokens()) {
      tokens
          .addObject()
          .put("id", token.id())
          .put("token", token.piece())
          .put("text", token.text())
          .put("role", token.role())
          .put("trained", token.trained());
    }
    return result.toString();
  }
}
