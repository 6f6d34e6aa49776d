package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
  @TempDir private static Path work;
  private static Path base;
  private static Path adapter;

  @BeforeAll
  static void makeModel() {
    base = TinyModel.save(work.resolve("base"));
    adapter = TinyModel.saveAdapter(work.resolve("adapter"), base);
  }

  private static Cli merge(Path output, Object... more) {
    Object[] args = new Object[9 + more.length];
    Object[] first = {
      "merge", "--model", base, "--adapter", adapter, "--output", output, "--device", "reference"
    };
    System.arraycopy(first, 0, args, 0, 9);
    System.arraycopy(more, 0, args, 9, more.length);
    return Cli.run(args);
  }

  private static String answer(Object... model) {
    Object[] args = {
      "generate", "--prompt", "the", "--max-new-tokens", 12, "--device", "reference", "--json"
    };
    Object[] all = new Object[args.length + model.length];
    System.arraycopy(args, 0, all, 0, args.length);
    System.arraycopy(model, 0, all, args.length, model.length);
    return Cli.run(all).out();
  }

  @Test
  void theMergedModelAnswersAsBaseAndAdapterDo(@TempDir Path files) throws IOException {
    Path output = files.resolve("merged");
    Path text = Files.writeString(files.resolve("proof.txt"), "the quick fox\n\nhello world\n");
    Cli call = merge(output, "--proof-text", text, "--max-shard-size", "20KB");
    assertThat(call.code()).isZero();
    assertThat(call.out()).contains("largest difference", "KL");
    assertThat(output.resolve("model.safetensors.index.json")).exists();
    assertThat(answer("--model", output))
        .isEqualTo(answer("--model", base, "--adapter", adapter))
        .isNotEqualTo(answer("--model", base));
    JsonNode proof = Json.readObject(output.resolve("merge_proof.json"));
    assertThat(proof.get("holds").asBoolean()).isTrue();
    assertThat(proof.get("tokens").asInt()).isPositive();
    assertThat(proof.get("max_logit_difference").asDouble())
        .isLessThan(proof.get("max_logit").asDouble());
  }

  @Test
  void aFilledFolderIsNotWrittenTo(@TempDir Path files) throws IOException {
    Files.writeString(files.resolve("precious"), "x");
    assertFails(merge(files), "not empty");
    assertFails(merge(base), "not empty");
    assertThat(files).isDirectoryNotContaining(file -> file.toString().endsWith("safetensors"));
  }

  @Test
  void errorsAreOneSentence(@TempDir Path files) throws IOException {
    Path blank = Files.writeString(files.resolve("blank.txt"), "\n \n");
    Path output = files.resolve("merged");
    assertFails(merge(output, "--max-shard-size", "big"), "--max-shard-size");
    assertFails(merge(output, "--proof-text", blank), "no line of text");
    assertFails(
        Cli.run("merge", "--model", base, "--adapter", base, "--output", output),
        "sifter: %s is a model, not an adapter: it has config.json, but no adapter_config.json\n"
            .formatted(base));
    assertFails(
        Cli.run("merge", "--model", base, "--adapter", files, "--output", output),
        "sifter: %s does not exist\n".formatted(files.resolve("adapter_config.json")));
    assertThat(output).doesNotExist();
  }

  @Test
  void whatFailsAfterTheWeightsLeavesNothing(@TempDir Path files) throws IOException {
    Path broken = TinyModel.saveAdapter(files.resolve("broken"), base);
    Files.writeString(broken.resolve("tokenizer.json"), "{");
    Path output = files.resolve("merged");
    assertFails(
        Cli.run(
            "merge", "--model", base, "--adapter", broken, "--output", output, "--device", "cpu"),
        "tokenizer.json");
    assertThat(output).doesNotExist();
  }

  @Test
  void anAdapterIsNoModel(@TempDir Path files) {
    String remedy =
        "sifter: --model %1$s is an adapter; name the model that it is for as well: --model BASE --adapter %1$s"
            .formatted(adapter);
    assertFails(
        Cli.run("merge", "--model", adapter, "--adapter", adapter, "--output", files), remedy);
    assertFails(Cli.run("generate", "--model", adapter, "--prompt", "x"), remedy);
  }

  @Test
  void sizesAreDecimalUnlessTheySayOtherwise() {
    assertThat(ByteSize.parse("x", "2GB")).isEqualTo(2_000_000_000L);
    assertThat(ByteSize.parse("x", "1.5 kib")).isEqualTo(1536);
    assertThat(ByteSize.parse("x", "7")).isEqualTo(7);
    assertThatThrownBy(() -> ByteSize.parse("--size", "0GB")).hasMessageContaining("--size");
  }
}
