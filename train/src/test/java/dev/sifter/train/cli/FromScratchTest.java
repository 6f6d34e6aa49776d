package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.FileTrees;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of one's own from nothing but text, command by command. */
class FromScratchTest {
  private static final List<String> WORDS =
      List.of("red", "green", "blue", "one", "two", "three", "sun", "moon", "sea", "hill");

  @TempDir private Path folder;
  private Path model;

  /** Text in two forms, a tokenizer trained on it, and the configuration of a small Llama. */
  @BeforeEach
  void begin() throws IOException {
    Random random = new Random(5);
    StringBuilder lines = new StringBuilder();
    StringBuilder records = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      StringBuilder text = new StringBuilder("text " + i);
      random.ints(12, 0, WORDS.size()).forEach(word -> text.append(' ').append(WORDS.get(word)));
      lines.append(i < 80 ? text + "\n\n" : "");
      records.append(i < 80 ? "" : "{\"text\": \"%s\"}%n".formatted(text));
    }
    Files.writeString(folder.resolve("a.txt"), lines);
    Files.writeString(folder.resolve("b.jsonl"), records);
    model = folder.resolve("model");
    Cli cli =
        Cli.run(
            "train-tokenizer",
            "--input",
            folder + "/a.txt," + folder + "/b.jsonl",
            "--vocab-size",
            "320",
            "--document-separator",
            "\n\n",
            "--output",
            model);
    assertThat(cli.code()).as(cli.err()).isZero();
    Files.writeString(
        model.resolve("config.json"),
        """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 320,
         "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
         "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true}
        """);
  }

  private Path config(Path output, String more) throws IOException {
    return Files.writeString(
        folder.resolve("pretrain.yaml"),
        """
        model_name_or_path: %1$s
        dataset_name: [%2$s/a.txt, %2$s/b.jsonl]
        document_separator: "\\n\\n"
        output_dir: %3$s
        max_length: 64
        per_device_train_batch_size: 4
        max_steps: 12
        learning_rate: 1e-2
        logging_steps: 4
        %4$s\
        """
            .formatted(model, folder, output, more));
  }

  private static Cli ran(Object... words) {
    Cli cli = Cli.run(words);
    assertThat(cli.code()).as(cli.err() + cli.out()).isZero();
    return cli;
  }

  @Test
  void trainsEvaluatesAndGoesOnToTheSameBits() throws IOException {
    String held = "test_split_size: 20\neval_strategy: steps\nsave_steps: 6\n";
    Path whole = folder.resolve("whole");
    Cli cli = ran("pretrain", config(whole, held));
    assertThat(cli.err()).contains("100 records in", "100.0 % trained");

    Path halves = folder.resolve("halves");
    Path yaml = config(halves, held);
    ran("pretrain", yaml);
    deleteResult(halves);
    ran("pretrain", yaml, "--resume");
    assertThat(halves.resolve("model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    assertThat(Json.readObject(whole.resolve("config.json")).path("eos_token_id").asInt(-1))
        .isZero();
    assertThat(
            ran("generate", "--model", whole, "--prompt", "text 1", "--max-new-tokens", "4").out())
        .isNotBlank();
  }

  /** As if the run had ended after its first checkpoint. */
  private static void deleteResult(Path run) throws IOException {
    Files.delete(run.resolve("model.safetensors"));
    FileTrees.delete(run.resolve("checkpoint-12"));
  }

  /** Loss of a model that knows nothing is the logarithm of the vocabulary's size. */
  @Test
  void beginsKnowingNothingAndLearns() throws IOException {
    Path output = folder.resolve("out");
    ran(
        "pretrain",
        config(output, "eval_on_start: true\neval_strategy: steps\ntest_split_size: 20\n"));
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(output.resolve("log.jsonl"))) {
      JsonNode loss = Json.mapper().readTree(line).path("eval_loss");
      if (loss.isNumber()) {
        losses.add(loss.doubleValue());
      }
    }
    assertThat(losses.getFirst()).isCloseTo(Math.log(320), within(0.05));
    assertThat(losses.getLast()).isLessThan(losses.getFirst() - 0.5);
  }

  @Test
  void isPlannedAndInspectedByItsOwnDefaults() throws IOException {
    Path yaml = config(folder.resolve("out"), "");
    assertThat(ran("data", yaml, "--pretrain").out()).contains("wrapped");
    // For a card, whose rates need no measuring.
    assertThat(ran("plan", yaml, "--pretrain", "--card", "h100", "--memory", "1KiB").out())
        .contains("12 steps", "lower max_length, or make the model smaller");
    Cli asFineTuning = Cli.run("plan", yaml, "--card", "h100");
    assertThat(asFineTuning.code()).isOne();
    assertThat(asFineTuning.err()).contains("model.safetensors");
  }

  /** The result is a model like any other. */
  @Test
  void isFineTunedLikeAnyOther() throws IOException {
    Path base = folder.resolve("base");
    ran("pretrain", config(base, ""));
    Path again = folder.resolve("again");
    assertThat(ran("pretrain", config(again, ""), "--model_name_or_path", base).err())
        .contains("those in " + base + " are not used; from_scratch: false goes on with them");
    Path yaml =
        Files.writeString(
            folder.resolve("sft.yaml"),
            "model_name_or_path: %s\ndataset_name: [%s]\noutput_dir: %s\nuse_peft: true\nmax_steps: 2\n"
                .formatted(base, folder.resolve("b.jsonl"), folder.resolve("adapter")));
    ran("sft", yaml);
    assertThat(folder.resolve("adapter/adapter_model.safetensors")).isNotEmptyFile();
  }
}
