package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftCommandTest {
  @TempDir Path folder;

  @Test
  void optionsOnTheCommandLineWinOverTheFile() throws IOException {
    Cli cli = Cli.run("sft", config(), "--max_steps", "2", "--learning-rate", "1e-3");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("after 2 steps");
    assertThat(folder.resolve("out/adapter_model.safetensors")).exists();
  }

  @Test
  void whatTheLossCurveWarnsOfIsTold() throws IOException {
    Path config = config();
    Cli still = Cli.run("sft", config, "--max_steps=12", "--logging_steps=1", "--learning_rate=0");
    assertThat(still.code()).as(still.err()).isZero();
    assertThat(still.err()).contains("warning: No clear improvement: training loss went from 7.00");
    Cli learning =
        Cli.run("sft", config, "--max_steps=12", "--logging_steps=1", "--learning_rate=1e-2");
    assertThat(learning.err())
        .doesNotContain("warning")
        .endsWith("curves: sifter report " + folder.resolve("out") + System.lineSeparator());
  }

  @Test
  void anUnknownOptionIsNamedWithTheNearestOne() throws IOException {
    Cli cli = Cli.run("sft", config(), "--learning_rat", "1e-3");
    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.err()).contains("'learning_rat'").contains("'learning_rate'");
  }

  @Test
  void thePlanIsTheRunsOwn() throws IOException {
    Cli cli = Cli.run("plan", config(), "--max_steps", "3", "--json");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("\"steps\" : 3").contains("\"peak_bytes\"");
  }

  /**
   * Time is the larger of two bounds for each kernel, so the ratio of two cards is between theirs,
   * but for rounding: it is the difference of two readings of a clock.
   */
  @Test
  void aPlanForACardNeedsNoneAndFollowsItsDataSheet() throws IOException {
    Path config = config();
    JsonNode h100 = plan(config, "--card", "h100", "--bf16", "true");
    JsonNode a100 = plan(config, "--card", "a100", "--bf16", "true");
    JsonNode wide = plan(config, "--card", "a100", "--bf16", "false");
    assertThat(h100.get("peak_bytes")).isEqualTo(a100.get("peak_bytes"));
    assertThat(a100.get("peak_bytes").asLong()).isLessThan(wide.get("peak_bytes").asLong());
    assertThat(a100.get("seconds").asDouble() / h100.get("seconds").asDouble())
        .isBetween(3350.0 / 2039 - 1e-6, 989.0 / 312 + 1e-6);
    assertThat(Cli.run("plan", config, "--card", "k80").err()).contains("'k80'", "H100");
  }

  /** Whoever loads the result, transformers or an exported file, must stop where it was taught. */
  @Test
  void theEndTokenReachesTheConfigurationOfTheResult() throws IOException {
    Path config = config();
    trainOtherEnd(config, "--use_peft", "false");
    assertEndsWith("<|im_start|>", folder.resolve("out"));
    Path adapter = folder.resolve("adapter");
    trainOtherEnd(config, "--output_dir", adapter);
    Path merged = folder.resolve("merged");
    Path base = folder.resolve("model");
    assertThat(Cli.run("merge", "--model", base, "--adapter", adapter, "--output", merged).code())
        .isZero();
    assertEndsWith("<|im_start|>", merged);
    assertEndsWith("<|im_end|>", base);
  }

  /** A base has its own end token, and learns that of the chats whose template it takes. */
  @Test
  void theEndTokenOfATemplatesModelIsTaken() throws IOException {
    Path config = config();
    Path base = folder.resolve("model");
    Path chats = TinyModel.save(folder.resolve("chats"));
    Tokenizer.load(base).withSpecialToken("eos_token", "<|endoftext|>").save(base);
    Cli own = Cli.run("sft", config, "--max_steps", 1);
    assertThat(own.err()).contains("the end token <|endoftext|> is trained neither here");
    Object[] taken = {"sft", config, "--max_steps", 1, "--chat_template_path", chats};
    Cli run = Cli.run(taken);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Tokenizer.load(folder.resolve("out")).specialTokensMap())
        .containsEntry("eos_token", "<|im_end|>");
    Tokenizer.load(chats).withSpecialToken("eos_token", "<|eot|>").save(chats);
    assertThat(Cli.run(taken).err())
        .contains("eos_token is '<|eot|>' in " + chats, "no token of the vocabulary", "add-tokens");
  }

  private static void trainOtherEnd(Path config, Object option, Object value) {
    Cli cli =
        Cli.run(
            "sft",
            config,
            option,
            value,
            "--max_steps",
            1,
            "--eos_token",
            "<|im_start|>",
            "--check_stop_token",
            false);
    assertThat(cli.code()).as(cli.err()).isZero();
  }

  private static void assertEndsWith(String token, Path model) {
    assertThat(Json.readObject(model.resolve("config.json")).get("eos_token_id").asInt())
        .isEqualTo(Tokenizer.load(model).id(token).orElseThrow());
  }

  private static JsonNode plan(Path config, String... options) throws IOException {
    Cli cli =
        Cli.run(
            Stream.concat(
                    Stream.of("plan", config, "--json", "--max_steps", "2"), Stream.of(options))
                .toArray());
    assertThat(cli.code()).as(cli.err()).isZero();
    return Json.mapper().readTree(cli.out());
  }

  @Test
  void optionsWithoutEffectAreNotedByEveryCommand() throws IOException {
    Path config = config();
    for (String command : List.of("data", "plan")) {
      Cli cli = Cli.run(command, config, "--attn_implementation", "sdpa");
      assertThat(cli.code()).as(cli.err()).isZero();
      assertThat(cli.err()).contains("note: attn_implementation has no effect");
    }
  }

  /**
   * Perplexity falls while a model learns the very text: the best is the last one, since of a
   * perplexity less is better. A run in two parts goes the same way, to the same bits.
   */
  @Test
  void theBestByATaskIsKeptAlsoOverAResume() throws IOException {
    Path config = configWithTasks();
    String[] best = {"--load_best_model_at_end", "true", "--metric_for_best_model"};
    Cli whole = sft(config, "whole", best[0], best[1], best[2], "answers_word_perplexity");
    assertThat(whole.code()).as(whole.err()).isZero();
    assertThat(whole.err()).contains("the result is that of step 6");
    assertThat(adapter("whole")).isEqualTo(adapter("whole/checkpoint-6"));
    assertThat(sft(config, "parts", "--max_steps", "4").code()).isZero();
    Cli rest = sft(config, "parts", "--resume");
    assertThat(rest.code()).as(rest.err()).isZero();
    assertThat(adapter("parts")).isEqualTo(adapter("whole/checkpoint-6"));
    assertThat(figures("parts")).isEqualTo(figures("whole")).hasSize(3);
    Cli greater =
        sft(
            config,
            "greater",
            best[0],
            best[1],
            best[2],
            "answers_word_perplexity",
            "--greater_is_better",
            "true");
    assertThat(greater.err()).contains("the result is that of step 2");
    assertThat(adapter("greater")).isEqualTo(adapter("whole/checkpoint-2"));
  }

  @Test
  void aTaskThatDoesNotImproveStopsTheRun() throws IOException {
    Cli cli =
        sft(
            configWithTasks(),
            "stopped",
            "--metric_for_best_model",
            "piqa_acc",
            "--early_stopping_patience",
            "1",
            "--learning_rate",
            "0",
            "--max_steps",
            "20");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.err()).contains("stopped at step 4: eval_piqa_acc has not improved");
    Cli unknown = sft(configWithTasks(), "unknown", "--metric_for_best_model", "piqa_f1");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("eval_piqa_f1", "eval_piqa_acc", "eval_loss");
    assertThat(folder.resolve("unknown/checkpoint-2")).doesNotExist();
  }

  private Cli sft(Path config, String output, String... more) {
    List<Object> args = new ArrayList<>(List.of("sft", config));
    args.addAll(List.of(more));
    args.addAll(List.of("--output_dir", folder.resolve(output).toString()));
    return Cli.run(args.toArray());
  }

  private byte[] adapter(String output) throws IOException {
    return Files.readAllBytes(folder.resolve(output).resolve("adapter_model.safetensors"));
  }

  /** Every evaluation's figures of tasks, as the log has them. */
  private List<String> figures(String output) throws IOException {
    List<String> figures = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(output).resolve("log.jsonl"))) {
      JsonNode json = Json.mapper().readTree(line);
      if (json.has("eval_loss")) {
        figures.add(
            "%s %s %s %s"
                .formatted(
                    json.get("step"),
                    json.get("eval_piqa_acc"),
                    json.get("eval_echo_exact_match"),
                    json.get("eval_answers_word_perplexity")));
      }
    }
    assertThat(figures).noneMatch(figure -> figure.contains("null"));
    return figures;
  }

  /** A built-in task over a data set's published file, one of generated answers, a perplexity. */
  private Path configWithTasks() throws IOException {
    Path config = config();
    Files.createDirectories(folder.resolve("data/piqa"));
    Files.writeString(
        folder.resolve("data/piqa/validation.jsonl"),
        """
        {"goal": "the fox", "sol1": "jumps", "sol2": "answers the model", "label": 0}
        {"goal": "hello", "sol1": "the dog", "sol2": "world", "label": 1}
        """);
    String task =
        """
        task: %s
        dataset_path: json
        dataset_kwargs: {data_files: {test: texts.jsonl}}
        test_split: test
        output_type: %s
        doc_to_text: "%s"
        doc_to_target: "{{text}}"
        metric_list: [{metric: %s}]
        """;
    Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"hello world the fox jumps\"}\n");
    Files.writeString(
        folder.resolve("answers.yaml"),
        task.formatted("answers", "loglikelihood_rolling", "", "word_perplexity"));
    Files.writeString(
        folder.resolve("echo.yaml"),
        task.formatted("echo", "generate_until", "{{text}}", "exact_match")
            + "generation_kwargs: {max_gen_toks: 4}\n");
    return Files.writeString(
        config,
        Files.readString(config)
                .replace("max_steps: 9", "max_steps: 6")
                .replace("save_strategy: \"no\"", "save_strategy: steps")
            + """
            save_steps: 2
            eval_strategy: steps
            eval_steps: 2
            eval_dataset: [%s]
            check_eval_overlap: false
            eval_tasks: [piqa, %s, %s]
            eval_tasks_data: %s
            learning_rate: 0.01
            lr_scheduler_type: constant
            """
                .formatted(
                    folder.resolve("data.jsonl"),
                    folder.resolve("echo.yaml"),
                    folder.resolve("answers.yaml"),
                    folder.resolve("data")));
  }

  private Path config() throws IOException {
    Path model = TinyModel.save(folder.resolve("model"));
    Path data = folder.resolve("data.jsonl");
    Files.writeString(
        data,
        """
        {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "world"}]}
        {"messages": [{"role": "user", "content": "the fox"}, {"role": "assistant", "content": "jumps"}]}
        """);
    return Files.writeString(
        folder.resolve("config.yaml"),
        """
        model_name_or_path: %s
        dataset_name: [%s]
        output_dir: %s
        use_peft: true
        lora_r: 2
        lora_target_modules: all-linear
        assistant_only_loss: true
        per_device_train_batch_size: 2
        max_length: 64
        max_steps: 9
        save_strategy: "no"
        """
            .formatted(model, data, folder.resolve("out")));
  }
}
