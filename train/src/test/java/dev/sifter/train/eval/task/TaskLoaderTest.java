package dev.sifter.train.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.eval.filter.FilterPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskLoaderTest {
  private static final String TASK =
      """
      task: sums
      dataset_path: json
      dataset_kwargs: {data_files: {test: sums.jsonl}}
      test_split: test
      output_type: generate_until
      doc_to_text: "{{q}} ="
      doc_to_target: a
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeRecords() throws IOException {
    Files.writeString(
        folder.resolve("sums.jsonl"),
        "{\"q\": \"1 + 1\", \"a\": \"2\"}\n\n{\"q\": \"2 + 2\", \"a\": \"4\"}\n");
  }

  private EvalTask load(String yaml) {
    try {
      return EvalTask.load(Files.writeString(folder.resolve("sums.yaml"), yaml));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The harness, too, takes no key that its TaskConfig lacks. */
  @Test
  void aKeyThatNoTaskHasIsRefused() {
    assertThatThrownBy(() -> load(TASK + "num_fewshots: 3\n"))
        .hasMessageContainingAll("sums.yaml", "'num_fewshots'", "'num_fewshot'");
    assertThatThrownBy(() -> load(TASK + "generation_kwarg: {max_gen_toks: 3}\n"))
        .hasMessageContaining("'generation_kwargs'");
    assertSettingRefused("temprature: 0.8", "'temprature'", "'temperature'");
    assertSettingRefused("num_beam_groups: 4", "num_beam_groups is 4", "cannot");
    assertSettingRefused("num_beams: 4, do_sample: true", "num_beams is 4", "drawn");
    assertSettingRefused("num_return_sequences: 2", "num_return_sequences is 2", "repeats");
    assertSettingRefused("max_gen_toks: abc", "max_gen_toks is \"abc\"", "whole number");
    assertSettingRefused("do_sample: maybe", "do_sample is \"maybe\"", "true or false");
    load(TASK + "generation_kwargs: {num_beams: 4, temperature: 0.0, do_sample: false}\n");
  }

  private void assertSettingRefused(String setting, String... words) {
    assertThatThrownBy(() -> load(TASK + "generation_kwargs: {%s}\n".formatted(setting)))
        .hasMessageContainingAll(words);
  }

  /** As normalize_gen_kwargs of lm_eval 0.4.13 decides: its do_sample for these settings. */
  @Test
  void aTemperatureAsksForDrawnTokens() {
    assertThat(draws("temperature: 0.7")).isTrue();
    assertThat(draws("temperature: '0.7'")).isTrue();
    assertThat(draws("temperature: 0.7, do_sample: false")).isFalse();
    assertThat(draws("temperature: 0.0")).isFalse();
    assertThat(draws("max_gen_toks: 5")).isFalse();
    assertThat(draws("do_sample: true, temperature: 1.0")).isTrue();
  }

  private boolean draws(String settings) {
    EvalTask task = load(TASK + "generation_kwargs: {%s}\n".formatted(settings));
    return task.leaves().getFirst().generation().doSample();
  }

  @Test
  void readsATaskWithTheHarnessDefaults() {
    LeafTask task = load(TASK).leaves().getFirst();
    assertThat(task.docs()).hasSize(2);
    assertThat(task.generation().until()).containsExactly("\n\n");
    assertThat(task.generation().maxNewTokens()).isEqualTo(256);
    assertThat(task.metrics()).extracting(MetricSpec::name).containsExactly("exact_match");
    assertThat(task.filters()).extracting(FilterPipeline::name).containsExactly("none");
    assertThat(task.version()).isEqualTo("Yaml");
  }

  @Test
  void laysAFileOverThoseThatItIncludes() throws IOException {
    Files.writeString(folder.resolve("base.yaml"), TASK.replace("task: sums", "task: base"));
    LeafTask task = load("include: base.yaml\ntask: mine\nrepeats: 3\n").leaves().getFirst();
    assertThat(task.name()).isEqualTo("mine");
    assertThat(task.generation().repeats()).isEqualTo(3);
    assertThatThrownBy(() -> load("include: sums.yaml\n")).hasMessageContaining("circle");
  }

  @Test
  void readsGroupsOfGroups() throws IOException {
    Files.writeString(folder.resolve("inner.yaml"), "group: inner\ntask: [one]\n");
    Files.writeString(folder.resolve("one.yaml"), TASK.replace("task: sums", "task: one"));
    EvalTask group = load("group: outer\ntask:\n  - inner\n  - one\n");
    assertThat(group.leaves()).extracting(LeafTask::name).contains("one");
    assertThatThrownBy(() -> load("group: outer\ntask: [sums]\n")).hasMessageContaining("circle");
  }

  @Test
  void refusesWhatItCannotDoAndSaysWhy() {
    assertThatThrownBy(() -> load(TASK + "process_results: !function utils.score\n"))
        .hasMessageContaining("line 8")
        .hasMessageContaining("calls Python");
    assertThatThrownBy(() -> load(TASK.replace("dataset_path: json", "dataset_path: gsm8k")))
        .hasMessageContaining("its data set gsm8k is not here")
        .hasMessageContaining("--data DIR")
        .hasMessageContaining("https://huggingface.co/datasets/gsm8k");
    assertThatThrownBy(() -> load(TASK.replace("sums.jsonl", "lost.jsonl")))
        .hasMessageContaining("'lost.jsonl' is nowhere");
    assertThatThrownBy(() -> load(TASK.replace("generate_until", "guess")))
        .hasMessageContaining("output_type 'guess' is unknown");
    assertThatThrownBy(() -> load(TASK + "metric_list: [{metric: meteor}]\n"))
        .hasMessageContaining("no metric 'meteor'");
    assertMetricRefused("exact_match, ignore_cases: true", "'ignore_cases'", "'ignore_case'");
    assertMetricRefused("bleu, aggregation: mean", "aggregation mean", "bleu", "chrf++");
    assertMetricRefused("bleu, hf_evaluate: true", "hf_evaluate", "leave it out");
    load(TASK + "metric_list: [{metric: exact_match, aggregation: median, hf_evaluate: true}]\n");
    assertThatThrownBy(() -> load(TASK.replace("sums.jsonl}", "sums.jsonl}, field: data")))
        .hasMessageContaining("dataset_kwargs.field is not supported");
    assertThatThrownBy(
            () ->
                load(
                    TASK
                        + "filter_list: [{name: f, filter: [{function: take_first},"
                        + " {function: lowercase}]}]\n"))
        .hasMessageContaining("take_first must be the last step, but step 1 of 2 is it");
    assertThatThrownBy(() -> load(TASK + "use_prompt: 'qa-basic:q-newline-a'\n"))
        .hasMessageContainingAll("sums.yaml", "use_prompt", "doc_to_text and doc_to_target");
    assertThatThrownBy(() -> load(TASK + "fewshot_config: {sampler: balanced}\n"))
        .hasMessageContaining("sampler 'balanced'");
    assertThatThrownBy(() -> load(TASK.replace("{{q}} =", "{{q")))
        .hasMessageContaining("doc_to_text is no Jinja template");
    assertThatThrownBy(() -> load("task: [\n")).hasMessageContaining("is no YAML");
    assertThatThrownBy(() -> EvalTask.load(folder.resolve("none.yaml")))
        .hasMessageContaining("there is no task file");
  }

  private void assertMetricRefused(String entry, String... words) {
    assertThatThrownBy(() -> load(TASK + "metric_list: [{metric: %s}]\n".formatted(entry)))
        .hasMessageContainingAll(words);
  }

  @Test
  void namesTheLineOfABadRecord() throws IOException {
    Files.writeString(folder.resolve("sums.jsonl"), "{\"q\": 1}\n[2]\n");
    assertThatThrownBy(() -> load(TASK)).hasMessageContaining("sums.jsonl:2");
    Files.writeString(folder.resolve("sums.jsonl"), "{\"q\": }\n");
    assertThatThrownBy(() -> load(TASK)).hasMessageContaining("sums.jsonl:1");
    Files.writeString(folder.resolve("sums.jsonl"), "\n");
    assertThatThrownBy(() -> load(TASK)).hasMessageContaining("holds no record");
  }
}
