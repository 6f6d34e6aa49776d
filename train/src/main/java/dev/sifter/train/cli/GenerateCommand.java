package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.generate.Generation;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationListener;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter generate}: a model's answer, or several. */
@Command(
    name = "generate",
    description = "Continue a text, or answer a conversation.",
    footer = {
      "",
      "Examples:",
      "  sifter generate --model smollm --prompt \"The capital of France is\"",
      "  sifter generate --model smollm --adapter out --messages chat.json --top-p 0.9",
      "  sifter generate --model smollm --prompt Once --num-beams 4",
      "",
      "The text is written as it comes; with --json, once, with ids and the reason of its end."
          + " Several answers, and one that is searched for with beams, are written when they are"
          + " complete; beams give the best first."
    },
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Mixin private ModelOptions model;
  @Mixin private ChatTemplateOptions template;
  @Mixin private SamplingOptions sampling;
  @Mixin private SearchOptions search;
  @Mixin private BackendOptions device;

  @ArgGroup(multiplicity = "1")
  private Prompt prompt;

  @Option(
      names = "--json",
      description = "Print a JSON object an answer: text, ids, finish_reason.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** What is to be continued. */
  private static final class Prompt {
    @Option(names = "--prompt", paramLabel = "TEXT", description = "A text to continue.")
    private String text;

    @Option(
        names = "--messages",
        paramLabel = "FILE",
        description = "A conversation to answer, as JSON; - for standard input.")
    private Path messages;
  }

  @Override
  public Integer call() {
    Path folder = model.folder();
    Tokenizer tokenizer = model.tokenizer();
    int[] ids = promptIds(folder, tokenizer);
    PrintWriter err = spec.commandLine().getErr();
    GenerationConfig config =
        search.over(sampling.config(folder, tokenizer, err), sampling.asksForDraws(), err);
    try (Backend backend = device.open(err, model.activations());
        Decoder decoder = model.load(backend)) {
      config = sampling.fitted(config, ids.length, decoder.config().longestSequence());
      AnswerStream stream =
          new AnswerStream(spec.commandLine().getOut(), Inputs.isTerminal(), () -> false);
      boolean streams = !json && config.search().numReturnSequences() == 1;
      List<Generation> answers =
          new Generator(decoder, tokenizer)
              .generate(List.of(ids), config, streams ? stream : GenerationListener.SILENT);
      if (json) {
        for (Generation answer : answers) {
          spec.commandLine().getOut().println(toJson(ids, answer));
        }
      } else if (!streams) {
        stream.all(answers);
      }
      stream.end();
      err.println(stream.summary(answers));
    }
    return 0;
  }

  private int[] promptIds(Path folder, Tokenizer tokenizer) {
    if (prompt.text != null) {
      return tokenizer.encode(prompt.text, true).ids();
    }
    ChatRequest request = ChatFile.request(prompt.messages);
    ChatTemplate compiled = template.require(folder, model.adapter());
    try {
      return ChatPrompt.ids(request, compiled, tokenizer, true);
    } catch (TemplateException e) {
      throw new IllegalArgumentException(
          "%s: the chat template says: %s".formatted(Inputs.name(prompt.messages), e.getMessage()),
          e);
    }
  }

  private static String toJson(int[] prompt, Generation answer) {
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("text", answer.text());
    result.put("finish_reason", answer.reason().name().toLowerCase(Locale.ROOT));
    ArrayNode promptIds = result.putArray("prompt_ids");
    for (int id : prompt) {
      promptIds.add(id);
    }
    ArrayNode ids = result.putArray("ids");
    for (int id : answer.ids()) {
      ids.add(id);
    }
    return result.toString();
  }
}
