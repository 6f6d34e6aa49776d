package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.FileErrors;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.SearchRules;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.report.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter chat}: a conversation with a model, message by message. */
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
          + " conversation. In a terminal Ctrl-C stops an answer, the arrow keys bring earlier"
          + " lines back, and a paste of several lines is one message."
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
    GenerationConfig config =
        streamed(sampling.config(folder, tokenizer, spec.commandLine().getErr()));
    try (Backend backend = device.open(spec.commandLine().getErr(), model.activations());
        AdapterSwitch adapters = AdapterSwitch.load(model, backend)) {
      Conversation conversation =
          new Conversation(adapters.model(), tokenizer, chatTemplate, config, system);
      if (Inputs.isTerminal()) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(
            "/reset forgets the conversation, /adapter NAME or none switches, /exit ends it;"
                + " Ctrl-C stops an answer.");
        try (ChatTerminal terminal =
            ChatTerminal.open(Terminal.encoding(System.console().charset()), err)) {
          talk(conversation, adapters, terminal::ask, () -> stream(true, terminal::isStopped));
        }
      } else {
        BufferedReader lines = Inputs.lines();
        talk(conversation, adapters, () -> next(lines), () -> stream(false, () -> false));
      }
    }
    return 0;
  }

  /** One answer at a time, which is written while it comes and so cannot be searched for. */
  private GenerationConfig streamed(GenerationConfig config) {
    SearchRules search = config.search();
    if (search.numBeams() > 1 || search.numReturnSequences() > 1) {
      spec.commandLine()
          .getErr()
          .println(
              "num_beams is %d and num_return_sequences %d, which has no effect in a chat; sifter generate follows them"
                  .formatted(search.numBeams(), search.numReturnSequences()));
    }
    return config.toBuilder().search(SearchRules.ONE).build();
  }

  private AnswerStream stream(boolean isTerminal, BooleanSupplier isStopped) {
    return new AnswerStream(spec.commandLine().getOut(), isTerminal, isStopped);
  }

  private static String next(BufferedReader lines) {
    try {
      return lines.readLine();
    } catch (IOException e) {
      throw FileErrors.because("cannot read standard input", e);
    }
  }

  /**
   * Answers messages and follows commands.
   *
   * @param messages gives the next message; null where there is none
   * @param answers begins an answer
   */
  private void talk(
      Conversation conversation,
      AdapterSwitch adapters,
      Supplier<String> messages,
      Supplier<AnswerStream> answers) {
    PrintWriter err = spec.commandLine().getErr();
    String message;
    while ((message = messages.get()) != null) {
      String command = message.strip();
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
            conversation.answer(message, answers.get(), err);
          }
        }
      }
    }
  }
}
