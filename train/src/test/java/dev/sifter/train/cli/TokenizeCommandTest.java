package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
  }

  @Test
  void jsonHoldsWhatTheTokenizerGives() throws IOException {
    String text = "hello, wörld\n<|im_end|>";
    Cli call = Cli.run("tokenize", "--model", folder, "--json", text);
    assertThat(call.code()).isZero();
    JsonNode json = Json.mapper().readTree(call.out());
    Tokenizer tokenizer = Tokenizer.load(folder);
    int[] ids = Json.mapper().treeToValue(json.get("ids"), int[].class);
    assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
    assertThat(json.get("tokens").get(ids.length - 1).asText()).isEqualTo("<|im_end|>");
    int codePoints = text.codePointCount(0, text.length());
    assertThat(json.get("offsets").get(ids.length - 1).get(1).asInt()).isEqualTo(codePoints);
    assertThat(json.get("offsets")).hasSize(ids.length);
  }

  @Test
  void textComesFromArgumentFileOrStandardInput(@TempDir Path files) throws IOException {
    Path file = Files.writeString(files.resolve("text.txt"), "the fox");
    String fromArgument = Cli.run("tokenize", "--model", folder, "the fox").out();
    assertThat(fromArgument.lines()).hasSizeGreaterThan(1);
    assertThat(Cli.run("tokenize", "--model", folder, "--input", file).out())
        .isEqualTo(fromArgument);
    assertThat(Cli.runWithInput("the fox", "tokenize", "--model", folder).out())
        .isEqualTo(fromArgument);
  }

  @Test
  void errorsAreOneSentence(@TempDir Path files) throws IOException {
    Path binary = Files.write(files.resolve("binary"), new byte[] {(byte) 0xff, 0});
    assertFails(Cli.run("tokenize", "--model", files.resolve("none"), "x"), "does not exist");
    assertFails(
        Cli.run("tokenize", "--model", "some-org/some-model", "x"),
        "hf download some-org/some-model --local-dir some-model");
    assertFails(Cli.run("tokenize", "--model", files, "x"), "tokenizer.json");
    assertFails(
        Cli.run("tokenize", "--model", folder, "--input", binary), binary + " is not UTF-8 text");
    assertThat(Cli.run("data", files).err())
        .isEqualTo("sifter: cannot read %s: it is a folder\n".formatted(files));
    assertFails(
        Cli.run("tokenize", "--model", folder, "--input", files.resolve("x")), "does not exist");
    assertThat(Cli.run("tokenize", "text").code()).isEqualTo(2);
    assertThat(Cli.run("tokenize", "--model", folder, "a", "--input", binary).code()).isEqualTo(2);
  }

  static void assertFails(Cli call, String reason) {
    assertThat(call.code()).isEqualTo(1);
    assertThat(call.err()).contains(reason);
    assertThat(call.err().lines().filter(line -> line.startsWith("sifter: "))).hasSize(1);
    assertThat(call.err()).doesNotContain("\tat ");
  }
}
