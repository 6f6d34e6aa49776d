package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sifter eval} writes beside its table. */
class EvalResultFilesTest extends EvaluatedFoxes {
  /** The keys of the harness's EvalResults, but for the versions of Python's libraries and git. */
  @Test
  void theResultsFileHasTheHarnessKeys(@TempDir Path files) throws IOException {
    Path generating = generating();
    Cli call = eval("--tasks", task + "," + generating, "--output-path", files, "--log_samples");
    assertThat(call.code()).describedAs(call.err()).isZero();
    JsonNode json = Json.readObject(files.resolve("results.json"));
    assertThat(json.properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrder(
            ("results group_subtasks configs versions n-shot higher_is_better n-samples config date"
                    + " pretty_env_info tokenizer_pad_token tokenizer_eos_token tokenizer_bos_token"
                    + " eot_token_id max_length model_source model_name model_name_sanitized"
                    + " system_instruction system_instruction_sha fewshot_as_multiturn"
                    + " chat_template chat_template_sha task_hashes total_evaluation_time_seconds")
                .split(" "));
    assertThat(json.path("config").properties())
        .extracting(Map.Entry::getKey)
        .contains(
            ("model model_args model_num_parameters model_dtype batch_size device use_cache limit"
                    + " bootstrap_iters gen_kwargs random_seed numpy_seed torch_seed fewshot_seed")
                .split(" "));
    assertThat(json.path("system_instruction_sha").isNull()).isTrue();
    assertThat(json.path("total_evaluation_time_seconds").isTextual()).isTrue();
    assertThat(json.path("model_name_sanitized").asText()).doesNotContain("/");
    assertThat(json.at("/tokenizer_eos_token/0").asText()).isEqualTo("<|im_end|>");
    assertThat(json.at("/tokenizer_bos_token").toString()).isEqualTo("[null,\"None\"]");
    JsonNode sample =
        Json.mapper()
            .readTree(Files.readAllLines(files.resolve("samples_generating.jsonl")).getFirst());
    assertThat(sample.at("/arguments/gen_args_0/arg_0").asText()).isEqualTo("the fox 0");
    assertThat(sample.at("/arguments/gen_args_0/arg_1").toString())
        .isEqualTo("{\"max_gen_toks\":2,\"until\":[\"\\n\\n\"]}");
  }

  /** Seen in the harness's samples of WikiText. */
  @Test
  void ofTextsScoredAsWholesTheValueAloneIsWritten(@TempDir Path files) throws IOException {
    Path rolling =
        Files.writeString(
            work.resolve("rolling.yaml"),
            Files.readString(task)
                .replace("task: foxes", "task: rolling")
                .replace("multiple_choice", "loglikelihood_rolling")
                .replace("metric: acc", "metric: word_perplexity")
                .replaceAll("(?m)^doc_to_choice.*\\R", ""));
    Cli call = eval("--tasks", rolling, "--limit", 1, "--output-path", files, "--log_samples");
    assertThat(call.code()).describedAs(call.err()).isZero();
    JsonNode sample = Json.readObject(files.resolve("samples_rolling.jsonl"));
    assertThat(sample.at("/resps/0/0").asText()).matches("-[0-9.]+");
    assertThat(sample.path("filtered_resps").get(0)).isEqualTo(sample.at("/resps/0/0"));
  }

  @Test
  void theResultsFileTellsWhatTheRunWasStartedWith(@TempDir Path files) throws IOException {
    Path cache = files.resolve("answers.jsonl");
    Cli call =
        eval(
            "--adapter",
            adapter,
            "--tasks",
            task,
            "--limit",
            1,
            "--json",
            "--seed",
            "7,8,9,10",
            "--gen_kwargs",
            "temperature=0.5",
            "--use_cache",
            cache,
            "--dtype",
            "float32");
    assertThat(call.code()).describedAs(call.err()).isZero();
    JsonNode config = Json.mapper().readTree(call.out()).path("config");
    assertThat(config.path("model_args"))
        .isEqualTo(
            Json.mapper()
                .createObjectNode()
                .put("pretrained", base.toString())
                .put("dtype", "float32")
                .put("peft", adapter.toString()));
    assertThat(config.path("use_cache").asText()).isEqualTo(cache.toString());
    assertThat(config.path("gen_kwargs").toString()).isEqualTo("{\"temperature\":0.5}");
    assertThat(List.of("random_seed", "numpy_seed", "torch_seed", "fewshot_seed"))
        .extracting(key -> config.path(key).asInt())
        .containsExactly(7, 8, 9, 10);
  }
}
