package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.WeightFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddTokensCommandTest {
  private static final String TABLE = "model.embed_tokens.weight";

  @TempDir private static Path folder;
  private static int before;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
    before = Tokenizer.load(folder).vocabSize();
  }

  private static Cli addTokens(Path output, Object... more) {
    Object[] args = new Object[5 + more.length];
    Object[] first = {"add-tokens", "--model", folder, "--output", output};
    System.arraycopy(first, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Cli.run(args);
  }

  private static float[] table(Path model) {
    try (WeightFolder weights = WeightFolder.open(model)) {
      Tensor table = weights.tensor(TABLE);
      return HostFloats.of(table);
    }
  }

  @Test
  void newRowsLieAtTheMeanOfTheOld(@TempDir Path files) {
    Path output = files.resolve("more");
    Cli call = addTokens(output, "--tokens", "<|tool|>,<|im_start|>", "--pad-to-multiple-of", 16);
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(call.out()).contains("<|tool|> " + before, "(was there)");
    float[] old = table(folder);
    float[] grown = table(output);
    int width = old.length / before;
    int rows = grown.length / width;
    assertThat(rows).isGreaterThan(before).isEqualTo(Math.ceilDiv(before + 1, 16) * 16);
    assertThat(Arrays.copyOf(grown, old.length)).isEqualTo(old);
    for (int j = 0; j < width; j++) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < before; i++) {
        sum += old[i * width + j];
        squares += (double) old[i * width + j] * old[i * width + j];
      }
      double mean = sum / before;
      // Six standard deviations of a normal with 1e-9 of the rows' variance.
      double bound = 6 * Math.sqrt(1e-9 * (squares / before - mean * mean));
      for (int i = before; i < rows; i++) {
        assertThat((double) grown[i * width + j]).isBetween(mean - bound, mean + bound);
      }
    }
    assertThat(Arrays.copyOfRange(grown, before * width, (before + 1) * width))
        .isNotEqualTo(Arrays.copyOfRange(grown, (before + 1) * width, (before + 2) * width));
  }

  /** What TRL's setup_chat_format makes of a base model. */
  @Test
  void aModelGetsAnotherChatFormat(@TempDir Path files) throws Exception {
    Path output = files.resolve("chat");
    Cli call =
        addTokens(
            output,
            "--tokens",
            "<|a|>,<|a|>",
            "--eos-token",
            "<|end|>",
            "--chat-template",
            "llama3");
    assertThat(call.code()).as(call.err()).isZero();
    Tokenizer tokenizer = Tokenizer.load(output);
    assertThat(tokenizer.id("<|a|>")).hasValue(before);
    assertThat(tokenizer.eosId()).hasValue(before + 1);
    assertThat(tokenizer.encode("the<|a|>fox", false).ids()).contains(before);
    assertThat(Json.readObject(output.resolve("config.json")).get("eos_token_id").asInt())
        .isEqualTo(before + 1);
    assertThat(Json.readObject(output.resolve("config.json")).get("vocab_size").asInt())
        .isEqualTo(before + 2);
    assertThat(Files.readString(output.resolve("chat_template.jinja")))
        .contains("<|start_header_id|>");
    Cli answer =
        Cli.run(
            "generate",
            "--model",
            output,
            "--prompt",
            "the",
            "--max-new-tokens",
            3,
            "--device",
            "reference");
    assertThat(answer.code()).as(answer.err()).isZero();
  }

  @Test
  void errorsAreOneSentence(@TempDir Path files) {
    assertFails(addTokens(folder, "--tokens", "<|a|>"), "not empty");
    assertFails(
        addTokens(files.resolve("x"), "--tokens", "<|a|>", "--pad-to-multiple-of", 0),
        "--pad-to-multiple-of");
    assertFails(
        addTokens(files.resolve("x"), "--tokens", "<|a|>", "--chat-template", "nonsense"),
        "nonsense");
    assertThat(files.resolve("x")).doesNotExist();
  }
}
