package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreCommandTest {
  @TempDir private static Path folder;
  @TempDir private Path files;

  @BeforeAll
  static void makeModel() {
    TinyModel.save(folder);
  }

  private Cli score(String rows) throws IOException {
    Path input = Files.writeString(files.resolve("rows.jsonl"), rows);
    return Cli.run("score", "--model", folder, "--device", "reference", "--input", input);
  }

  private static List<JsonNode> lines(String text) {
    return text.lines().map(ScoreCommandTest::parse).toList();
  }

  private static JsonNode parse(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  /** log softmax of the model's own logits, in double, one text at a time. */
  private static double[] expected(Path from, int[] ids) {
    try (Backend backend = Backends.open("reference", 1);
        Decoder model = ModelFolder.load(from, backend);
        TensorArena arena = backend.newStepArena("test")) {
      Tape tape = Tape.inference(backend, arena);
      Variable hidden = model.hidden(tape, TokenBatch.of(List.of(ids)), null);
      float[][] logits = model.logits(tape, hidden, IntStream.range(0, ids.length).toArray());
      double[] result = new double[ids.length - 1];
      for (int i = 0; i < result.length; i++) {
        double sum = 0;
        for (float logit : logits[i]) {
          sum += Math.exp(logit);
        }
        result[i] = logits[i][ids[i + 1]] - Math.log(sum);
      }
      return result;
    }
  }

  @Test
  void rowsCanBePipedIn() throws IOException {
    String rows = "{\"text\": \"the quick fox\"}\n{\"text\": \"jumps\"}\n";
    String fromFile = score(rows).out();
    InputStream terminal = System.in;
    try {
      System.setIn(new ByteArrayInputStream(rows.getBytes(StandardCharsets.UTF_8)));
      Cli call = Cli.run("score", "--model", folder, "--device", "reference", "--input", "-");
      assertThat(call.out()).isEqualTo(fromFile);
      assertThat(lines(fromFile)).hasSize(2);
      System.setIn(new ByteArrayInputStream("fox".getBytes(StandardCharsets.UTF_8)));
      Cli broken = Cli.run("score", "--model", folder, "--device", "reference", "--input", "-");
      assertThat(broken.code()).isEqualTo(1);
      assertThat(broken.err()).contains("standard input");
    } finally {
      System.setIn(terminal);
    }
  }

  @Test
  void logProbabilitiesAreThoseOfTheLogits() throws IOException {
    Cli call = score("{\"input_ids\": [5, 260, 17, 99]}\n\n{\"text\": \"the quick fox\"}\n");
    assertThat(call.code()).isZero();
    List<JsonNode> lines = lines(call.out());
    assertThat(lines).hasSize(2);
    for (JsonNode line : lines) {
      int[] ids = Json.mapper().treeToValue(line.get("ids"), int[].class);
      double[] expected = expected(folder, ids);
      JsonNode actual = line.get("logprobs");
      assertThat(actual).hasSize(ids.length);
      assertThat(actual.get(0).isNull()).isTrue();
      double sum = 0;
      for (int i = 0; i < expected.length; i++) {
        // The loss is rounded to fp32: half a unit in the last place of numbers below 64.
        assertThat(actual.get(i + 1).asDouble()).isCloseTo(expected[i], within(4e-6));
        sum += actual.get(i + 1).asDouble();
      }
      assertThat(line.get("sum").asDouble()).isCloseTo(sum, within(1e-12));
    }
    int[] text = Json.mapper().treeToValue(lines.get(1).get("ids"), int[].class);
    assertThat(Tokenizer.load(folder).decode(text, false)).isEqualTo("the quick fox");
  }

  @Test
  void rowsMayBeAsLongAsDynamicScalingAllows(@TempDir Path stretched) throws IOException {
    TinyModel.saveStretched(stretched);
    int[] ids = IntStream.range(0, TinyModel.CONTEXT + 9).toArray();
    String rows = "{\"input_ids\": %s}\n".formatted(Arrays.toString(ids));
    Path input = Files.writeString(files.resolve("rows.jsonl"), rows);
    Cli call = Cli.run("score", "--model", stretched, "--device", "reference", "--input", input);
    assertThat(call.code()).as(call.err()).isZero();
    double expected = Arrays.stream(expected(stretched, ids)).sum();
    assertThat(lines(call.out()).get(0).get("sum").asDouble()).isCloseTo(expected, within(4e-4));
  }

  @Test
  void conversationsAreRenderedWithoutGenerationPrompt() throws IOException {
    Cli call = score("{\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}\n");
    int[] ids = Json.mapper().treeToValue(lines(call.out()).get(0).get("ids"), int[].class);
    assertThat(Tokenizer.load(folder).decode(ids, false))
        .isEqualTo("<|im_start|>user\nhello<|im_end|>\n");
  }

  @Test
  void aFileIsWrittenWhole() throws IOException {
    Path input = Files.writeString(files.resolve("in.jsonl"), "{\"input_ids\": [4]}\n");
    Path output = files.resolve("out.jsonl");
    Cli call =
        Cli.run(
            "score",
            "--model",
            folder,
            "--device",
            "reference",
            "--input",
            input,
            "--output",
            output);
    assertThat(call.code()).isZero();
    assertThat(call.out()).isEmpty();
    assertThat(Files.readString(output).strip())
        .isEqualTo("{\"ids\":[4],\"logprobs\":[null],\"sum\":0.0}");
  }

  @Test
  void errorsNameLineAndField() throws IOException {
    String good = "{\"input_ids\": [1, 2]}\n";
    assertFails(score(good + "{\"input_ids\": [1, \"b\"]}"), "rows.jsonl:2");
    assertFails(score(good + "{\"input_ids\": [1, \"b\"]}"), "input_ids[1]");
    assertFails(score("{\"input_ids\": [1, 9999]}"), "token 1 is 9999");
    assertFails(score("{\"input_ids\": []}"), "'input_ids' gives no token");
    assertFails(score("{\"text\": 3}"), "field 'text'");
    assertFails(score("{\"txt\": \"x\"}"), "needs the field");
    assertFails(score("{\"messages\": [3]}"), "'messages': message 0");
    assertFails(score("{\"text\": \"" + "x ".repeat(200) + "\"}"), "context has 96");
    assertFails(score("{\"text\": \n"), "rows.jsonl:1");
  }
}
