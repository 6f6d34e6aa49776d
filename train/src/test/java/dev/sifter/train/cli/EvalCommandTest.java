package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalCommandTest extends EvaluatedFoxes {
  @Test
  void aModelIsComparedWithItsBase(@TempDir Path files) throws IOException {
    Path output = files.resolve("results");
    Cli call =
        eval("--adapter", adapter, "--tasks", task, "--compare", base, "--output_path", output);
    assertThat(call.code()).describedAs(call.err()).isZero();
    assertThat(call.out()).contains("|foxes", "acc", "Base", "Tuned", "p (Holm)");
    JsonNode tuned = Json.readObject(output.resolve("results.json"));
    JsonNode comparison = Json.readObject(output.resolve("comparison.json"));
    JsonNode row = comparison.get("comparison").get(0);
    assertThat(row.get("items").asInt()).isEqualTo(RECORDS);
    assertThat(row.get("tuned").asDouble())
        .isEqualTo(tuned.at("/results/foxes/acc,none").asDouble());
    assertThat(row.get("difference").asDouble() * RECORDS)
        .isEqualTo(row.get("gained").asInt() - row.get("lost").asInt());
    assertThat(output.resolve("base/results.json")).exists();
    assertThat(output.resolve("samples_foxes.jsonl")).doesNotExist();
  }

  @Test
  void samplesAreWrittenOnDemandAndLimited(@TempDir Path files) throws IOException {
    Cli call =
        eval("--tasks", task, "--limit", 4, "--output-path", files, "--log-samples", "--json");
    assertThat(call.code()).isZero();
    assertThat(Files.readAllLines(files.resolve("samples_foxes.jsonl"))).hasSize(4);
    JsonNode json = Json.mapper().readTree(call.out());
    assertThat(json.at("/n-samples/foxes/effective").asInt()).isEqualTo(4);
    assertThat(json.at("/n-samples/foxes/original").asInt()).isEqualTo(RECORDS);
  }

  @Test
  void aModelThatOverflowsIsNamedAsOne(@TempDir Path folder) throws IOException {
    TinyModel.save(folder);
    Path config = folder.resolve("config.json");
    ObjectNode granite = Json.readObject(config);
    granite.put("model_type", "granite").put("residual_multiplier", 1e38);
    Files.writeString(config, granite.toString());
    Cli call = Cli.run("eval", "--model", folder, "--device", "reference", "--tasks", task);
    assertThat(call.code()).describedAs(call.err()).isZero();
    assertThat(call.err())
        .contains("warning: task foxes: 12 of 12 log-likelihoods are no numbers", "--dtype");
  }

  /** As in the harness: the sum over no windows. */
  @Test
  void anEmptyTextIsCertain(@TempDir Path files) throws IOException {
    Files.writeString(work.resolve("texts.jsonl"), "{\"q\": \"\"}\n{\"q\": \"the fox\"}\n");
    Path texts = work.resolve("texts.yaml");
    Files.writeString(
        texts,
        """
        task: texts
        dataset_path: json
        dataset_kwargs: {data_files: {test: texts.jsonl}}
        test_split: test
        output_type: loglikelihood_rolling
        doc_to_text: ""
        doc_to_target: q
        """);
    Cli call = eval("--tasks", texts, "--output-path", files, "--log-samples");
    assertThat(call.code()).describedAs(call.err()).isZero();
    assertThat(Files.readAllLines(files.resolve("samples_texts.jsonl")).getFirst())
        .contains("\"resps\":[[\"0.0\"]]");
  }

  /** What stands before the last N tokens is not read. */
  @Test
  void lessThanTheContextCanBeRead(@TempDir Path files) throws IOException {
    Files.writeString(
        work.resolve("twins.jsonl"),
        "{\"q\": \"fox and the fox 0 1 2 3\", \"a\": 0}\n"
            + "{\"q\": \"hen and the fox 0 1 2 3\", \"a\": 0}\n");
    Path twins =
        Files.writeString(
            work.resolve("twins.yaml"),
            Files.readString(task).replace("records.jsonl", "twins.jsonl"));
    assertThat(answers(eval("--tasks", twins, "--log_samples", "--output_path", files), files))
        .doesNotHaveDuplicates();
    Cli bounded =
        eval("--tasks", twins, "--max_length", 8, "--log_samples", "--output_path", files);
    assertThat(answers(bounded, files)).hasSize(2).containsOnly(answers(bounded, files).getFirst());
    assertFails(eval("--tasks", twins, "--max-length", 100_000), "max_length 100000");
    assertFails(eval("--tasks", twins, "--max-length", -1), "max_length");
  }

  private static List<String> answers(Cli call, Path files) throws IOException {
    assertThat(call.code()).describedAs(call.err()).isZero();
    List<String> answers = new ArrayList<>();
    for (String line : Files.readAllLines(files.resolve("samples_foxes.jsonl"))) {
      answers.add(Json.mapper().readTree(line).get("resps").toString());
    }
    return answers;
  }

  @Test
  void promptsCanBeConversations(@TempDir Path files) throws IOException {
    Cli call =
        eval(
            "--tasks",
            task,
            "--limit",
            1,
            "--apply_chat_template",
            "--output-path",
            files,
            "--log_samples");
    assertThat(call.code()).isZero();
    JsonNode result = Json.readObject(files.resolve("results.json"));
    assertThat(result.path("chat_template").asText()).contains("<|im_start|>");
    assertThat(result.path("chat_template_sha").asText()).hasSize(64);
    assertThat(result.path("model_name").asText()).isEqualTo(base.toString());
    assertThat(result.path("config").has("chat_template")).isFalse();
    assertThat(Files.readString(files.resolve("samples_foxes.jsonl")))
        .contains("<|im_start|>user\\nthe fox 0<|im_end|>\\n<|im_start|>assistant\\n");
  }

  @Test
  void settingsWithoutEffectAreNamedWhereAnswersAreGenerated(@TempDir Path model)
      throws IOException {
    TinyModel.save(model);
    Files.writeString(model.resolve("generation_config.json"), "{\"num_beam_groups\": 4}");
    String named = "generation_config.json: num_beam_groups is 4, which has no effect";
    assertThat(Cli.run("eval", "--model", model, "--device", "reference", "--tasks", task).err())
        .doesNotContain(named);
    Path generating = generating();
    assertThat(
            Cli.run("eval", "--model", model, "--device", "reference", "--tasks", generating).err())
        .containsOnlyOnce(named);
  }

  @Test
  void tasksAreListedWithoutAModel() {
    Cli list = Cli.run("eval", "--tasks", "list");
    assertThat(list.code()).isZero();
    assertThat(list.out()).contains("hellaswag", "Rowan/hellaswag", "mmlu_stem", "group", "tag");
    Cli noModel = Cli.run("eval", "--tasks", task);
    assertThat(noModel.code()).isEqualTo(2);
    assertThat(noModel.err()).contains("Missing required option: '--model=DIR'");
  }

  /** From a full cache come the same bits, and no model is asked. */
  @Test
  void answersAreKept(@TempDir Path files) throws IOException {
    Path cache = files.resolve("answers.jsonl");
    Cli first = eval("--tasks", task, "--use_cache", cache, "--json");
    assertThat(first.code()).describedAs(first.err()).isZero();
    assertThat(Files.readAllLines(cache)).hasSize(2 * RECORDS);
    Cli second = eval("--tasks", task, "--use_cache", cache, "--json", "--limit", 0.5);
    assertThat(second.err()).contains("12 answers").doesNotContain("loglikelihood");
    JsonNode json = Json.mapper().readTree(second.out());
    assertThat(json.at("/n-samples/foxes/effective").asInt()).isEqualTo(RECORDS / 2);
    assertThat(Files.readAllLines(cache)).hasSize(2 * RECORDS);
    assertThat(json.at("/config/model_sha256").asText()).hasSize(64);
  }

  @Test
  void answersAloneNeedNoFigures(@TempDir Path files) throws IOException {
    Cli call = eval("--tasks", task, "--predict_only", "--output_path", files, "--json");
    assertThat(call.code()).describedAs(call.err()).isZero();
    assertThat(call.out()).doesNotContain("acc,none");
    assertThat(Files.readAllLines(files.resolve("samples_foxes.jsonl"))).hasSize(RECORDS);
    assertFails(eval("--tasks", task, "--predict_only"), "--output-path");
  }

  @Test
  void promptsAndRecordsAreShownBefore() {
    Cli call = eval("--tasks", task, "--write_out", "--check_integrity", "--num_fewshot", 1);
    assertThat(call.code()).describedAs(call.err()).isZero();
    assertThat(call.err())
        .contains("foxes: 6 of 6 records, 12 requests, 1 examples before each")
        .contains("6 records are among the records that examples are taken from")
        .contains("--- foxes: the first request ---", "the fox 0\n--- target: 0 ---");
  }

  @Test
  void aTargetThatIsNoChoiceIsTold() throws IOException {
    Path wrong =
        Files.writeString(
            work.resolve("wrong.yaml"),
            Files.readString(task)
                .replace("task: foxes", "task: wrong")
                .replace("doc_to_target: a", "doc_to_target: \"{{a + 1}}\""));
    assertThat(eval("--tasks", wrong).err())
        .contains("task wrong: 3 of 6 records have a target that is none of their choices");
    assertThat(eval("--tasks", task).err()).doesNotContain("warning");
  }

  @Test
  void whereNothingCanBeWrittenNothingIsAsked() throws IOException {
    Path file = Files.writeString(work.resolve("a-file"), "precious");
    Cli call = eval("--tasks", task, "--output-path", file);
    assertFails(call, "--output-path");
    assertThat(call.err()).doesNotContain("loglikelihood");
    assertThat(file).hasContent("precious");
  }

  @Test
  void errorsAreOneSentence() {
    assertFails(eval("--tasks", "mmlu"), "--data DIR");
    assertFails(eval("--tasks", task, "--limit", 1.5), "limit is 1.5");
    assertFails(eval("--tasks", task, "--seed", "1,2"), "--seed has 2 numbers");
    assertFails(eval("--tasks", task, "--batch_size", "many"), "--batch-size 'many'");
    assertFails(eval("--tasks", task, "--gen_kwargs", "temperature"), "key=value is expected");

    assertFails(eval("--tasks", "none.yaml"), "none.yaml");
    assertFails(eval("--tasks", task, "--limit", -1), "limit is -1");
    assertFails(eval("--tasks", task, "--log-samples"), "--output-path");
    assertFails(eval("--tasks", task, "--compare", base), "--compare names the model itself");
    assertFails(eval("--tasks", task, "--compare", work.resolve("no")), "does not exist");
    assertFails(eval("--tasks", task, "--fewshot-as-multiturn"), "chat template");
    Cli broken = eval("--tasks", task, "--compare", base, "--adapter", base);
    assertFails(broken, "adapter_config.json");
    assertThat(broken.err()).doesNotContain("loglikelihood");
    assertThat(eval().code()).isEqualTo(2);
  }
}
