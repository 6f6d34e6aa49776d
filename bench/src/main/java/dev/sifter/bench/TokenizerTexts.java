package dev.sifter.bench;

import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A million characters and a tokenizer, for every implementation the same.
 *
 * <p>The text is English or Java source. {@code tokenizer} is {@code trained} (8,000 tokens,
 * trained on the text itself) or a path that {@link Tokenizer#load} takes, relative to {@code
 * -Dsifter.data} (default {@code ../shared/data/tokenizers}): for example {@code -p
 * tokenizer=gpt2/tokenizer.json}.
 */
@State(Scope.Benchmark)
public class TokenizerTexts {
  private static final int CHARACTERS = 1_000_000;

  /** What the text is. */
  @Param({"english", "code"})
  public String text;

  /** Which tokenizer. */
  @Param({"trained"})
  public String tokenizer;

  String content;
  Tokenizer loaded;
  int[] ids;

  /** Reads the text and the tokenizer. */
  @Setup
  public void setUp() {
    content = text.equals("code") ? code() : english();
    if (tokenizer.equals("trained")) {
      List<String> lines = content.lines().toList();
      loaded = new BpeTrainer(8_000, 2, List.of("<|endoftext|>")).train(lines);
    } else {
      loaded = Tokenizer.load(path());
    }
    ids = loaded.encode(content, false).ids();
  }

  private Path path() {
    return Path.of(System.getProperty("sifter.data", "../shared/data/tokenizers"))
        .resolve(tokenizer);
  }

  /** The project's own Java sources, repeated until they are long enough. */
  private static String code() {
    Path root = Path.of(System.getProperty("sifter.root", "."));
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        code.append(Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the sources under " + root, e);
    }
    if (code.isEmpty()) {
      throw new IllegalStateException(
          "no Java source under %s; set -Dsifter.root to the checkout".formatted(root));
    }
    return fill(code.toString());
  }

  /** The comments of those sources, which are English prose, without their marks. */
  private static String english() {
    String prose =
        code()
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("*") || line.startsWith("/**") || line.startsWith("//"))
            .map(line -> line.replaceAll("^[/*]+ ?|\\*/$|\\{@\\w+ |[{}]|</?p>", ""))
            .reduce(new StringBuilder(), (all, line) -> all.append(line).append('\n'), (a, b) -> a)
            .toString();
    return fill(prose);
  }

  private static String fill(String text) {
    return text.repeat(CHARACTERS / text.length() + 1).substring(0, CHARACTERS);
  }
}
