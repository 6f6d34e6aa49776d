package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter chat}: a conversation with a model, line by line. */
@Command(
    name = "chat",
    description = "Talk with a model in the terminal.",
    footer = {
      "",
      "Examples:",
      "  sifter chat --model smollm --adapter out",
      "  sifter chat --model smollm --adapter formal=out1 --adapter short=out2",
      "  sifter chat --model smollm --system \"Answer in one word.\" --temperature 0.7",
      "  printf 'Hi\\nAnd now in French\\n' | sifter chat --model smollm",
      "",
      "A line is a message; /reset forgets the conversation, /adapter NAME puts another adapter on"
          + " the model, /adapter none takes it off, /exit or the end of input ends the"
          + " conversation."
    },
    mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOptions template;
  @Mixin private SamplingOptions sampling;
  @Mixin private BackendOptions device;

  @Option(names = "--system", paramLabel = "TEXT", description = "The system message.")
  private String system;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = model.folder();
    Tokenizer tokenizer = model.tokenizer();
    Path first = model.adapters().values().stream().findFirst().orElse(null);
    ChatTemplate chatTemplate = template.require(folder, first);
    GenerationConfig config = sampling.config(folder, tokenizer, spec.commandLine().getErr());
    try (Backend backend = device.open(spec.commandLine().getErr(), model.activations());
        AdapterSwitch adapters = AdapterSwitch.load(model, backend)) {
      Conversation conversation =
          new Conversation(adapters.model(), tokenizer, chatTemplate, config, system);
      talk(conversation, adapters, Inputs.lines());
    }
    return 0;
  }

  private void talk(Conversation conversation, AdapterSwitch adapters, BufferedReader lines)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean terminal = Inputs.isTerminal();
    if (terminal) {
      err.println(
          "/reset forgets the conversation, /adapter NAME or none switches, /exit ends it.");
    }
    String line;
    while ((line = ask(lines, out, terminal)) != null) {
      String command = line.strip();
      switch (command) {
        case "" -> {}
        case "/exit", "/quit" -> {
          return;
        }
        case "/reset" -> {
          conversation.reset();
          err.println("(the conversation begins anew)");
        }
        default -> {
          if (command.equals("/adapter") || command.startsWith("/adapter ")) {
            err.println("(%s)".formatted(adapters.use(command.substring(8).strip())));
          } else if (command.matches("/\\w+")) {
            err.println("(no command %s; there are /reset, /adapter, /exit)".formatted(command));
          } else {
            conversation.answer(line, out, err);
          }
        }
      }
    }
  }

  private static String ask(BufferedReader lines, PrintWriter out, boolean terminal)
      throws IOException {
    if (terminal) {
      out.print("> ");
      out.flush();
    }
    String line = lines.readLine();
    if (line == null && terminal) {
      out.println();
    }
    return line;
  }
}
