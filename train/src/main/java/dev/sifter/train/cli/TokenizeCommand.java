package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.report.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sifter tokenize}: a text as the model reads it. */
@Command(
    name = "tokenize",
    description = "Print the tokens of a text: id, place in the text, spelling.",
    footer = {
      "",
      "Examples:",
      "  sifter tokenize --model smollm \"Hello world\"",
      "  sifter tokenize --model smollm --input story.txt --json",
      "  echo -n \"<s>raw\" | sifter tokenize --model smollm --no-special-tokens",
      "",
      "Without TEXT and --input, standard input is read. Places count code points."
    },
    mixinStandardHelpOptions = true)
final class TokenizeCommand implements Callable<Integer> {
  @Mixin private TokenizerOptions model;

  @ArgGroup private Source source;

  @Option(
      names = "--no-special-tokens",
      description = "Do not add the tokens that begin or end a text.")
  private boolean noSpecialTokens;

  @Option(names = "--json", description = "Print one JSON object: ids, tokens, offsets.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Where the text comes from. */
  private static final class Source {
    @Parameters(paramLabel = "TEXT", description = "The text.")
    private String text;

    @Option(names = "--input", paramLabel = "FILE", description = "A file with it; - for stdin.")
    private Path input;
  }

  @Override
  public Integer call() {
    Tokenizer tokenizer = model.tokenizer();
    String text =
        source != null && source.text != null
            ? source.text
            : Inputs.text(source == null ? Path.of("-") : source.input);
    Encoding encoding = tokenizer.encode(text, !noSpecialTokens);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(toJson(tokenizer, encoding));
    } else {
      for (int i = 0; i < encoding.length(); i++) {
        out.println(
            "%7d  %6d..%-6d  %s"
                .formatted(
                    encoding.ids()[i],
                    encoding.starts()[i],
                    encoding.ends()[i],
                    Visible.of(tokenizer.token(encoding.ids()[i]))));
      }
      spec.commandLine()
          .getErr()
          .println(
              "%d tokens, %d code points"
                  .formatted(encoding.length(), text.codePointCount(0, text.length())));
    }
    return 0;
  }

  private static String toJson(Tokenizer tokenizer, Encoding encoding) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ArrayNode ids = result.putArray("ids");
    ArrayNode tokens = result.putArray("tokens");
    ArrayNode offsets = result.putArray("offsets");
    for (int i = 0; i < encoding.length(); i++) {
      ids.add(encoding.ids()[i]);
      tokens.add(tokenizer.token(encoding.ids()[i]));
      offsets.addArray().add(encoding.starts()[i]).add(encoding.ends()[i]);
    }
    return result.toString();
  }
}
