package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.source.TaskFile;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.TaskCatalog;
import dev.sifter.train.eval.task.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which tasks a name stands for, and how groups change their members. */
class TaskCatalogTest {
  @TempDir Path folder;

  @BeforeEach
  void writeTasks() throws IOException {
    Files.writeString(folder.resolve("r.jsonl"), "{\"q\": \"1\", \"a\": \"2\"}\n");
    write(
        "base_yaml",
        """
        dataset_path: json
        dataset_kwargs: {data_files: {test: r.jsonl}}
        test_split: test
        doc_to_text: "{{q}}"
        doc_to_target: a
        """);
    write("one.yaml", "include: base_yaml\ntask: one\ntag: sums\n");
    write("two.yaml", "include: base_yaml\ntask: two\ntag: [sums, others]\nnum_fewshot: 0\n");
    write("python.yaml", "include: base_yaml\ntask: py\nprocess_docs: !function utils.f\n");
  }

  private void write(String name, String yaml) throws IOException {
    Files.writeString(folder.resolve(name), yaml);
  }

  private TaskCatalog catalog() {
    return new TaskCatalog(folder, null, TaskFile.emptyObject());
  }

  private List<String> load(String... names) {
    return catalog().load(List.of(names)).stream().map(EvalTask::name).toList();
  }

  @Test
  void findsNamesTagsPatternsAndPaths() {
    assertThat(load("one")).containsExactly("one");
    assertThat(load("sums")).containsExactly("one", "two");
    assertThat(load("others", "one", "two")).containsExactly("two", "one");
    assertThat(load("t[vw]o", "?ne")).containsExactly("two", "one");
    assertThat(load(folder.resolve("one.yaml").toString())).containsExactly("one");
    assertThat(load(folder + "/[ot]*.yaml")).containsExactly("one", "two");
    assertThat(load(folder.toString())).containsExactly("one", "two");
    assertThatThrownBy(() -> load("three"))
        .hasMessageContaining("there is no task 'three'")
        .hasMessageContaining("--tasks list")
        .hasMessageContaining("1 files there could not be read, the first because of ")
        .hasMessageContaining("python.yaml, line 3");
    assertThatThrownBy(() -> load("mmlu_anatomi"))
        .hasMessageContaining("there is no task 'mmlu_anatomi'; did you mean 'mmlu_anatomy'?");
    assertThatThrownBy(() -> load("mmlu|anatomy|5|0"))
        .hasMessageContaining("--tasks mmlu_anatomy --num_fewshot 5");
    assertThatThrownBy(() -> load("leaderboard|mmlu:anatomy|0|0"))
        .hasMessageContaining("--tasks mmlu_anatomy --num_fewshot 0");
  }

  /** Where two groups ask for one task in different ways, neither may quietly win. */
  @Test
  void namesTasksThatAreAskedForTwice() throws IOException {
    write(
        "g.yaml",
        "group: g\n"
            + "task: [{group: a, task: [one]}, {group: b, task: [{task: one, num_fewshot: 1}]}]\n");
    List<String> warnings = new ArrayList<>();
    Map<String, LeafTask> leaves =
        Evaluator.leaves(catalog().load(List.of("g")), listener(warnings));
    assertThat(leaves.get("one").fewshot().configured()).isEqualTo(1);
    assertThat(warnings)
        .containsExactly(
            "group g: task one stands in it with different settings; the last ones hold for all");
    write("h.yaml", "group: h\ntask: [{task: one, num_fewshot: 2}]\n");
    assertThatThrownBy(
            () -> Evaluator.leaves(catalog().load(List.of("g", "h")), listener(new ArrayList<>())))
        .hasMessage("two different tasks are called one, one of them in h");
  }

  private static ProgressListener listener(List<String> warnings) {
    return new ProgressListener() {
      @Override
      public void progress(String stage, int done, int total) {}

      @Override
      public void warning(String line) {
        warnings.add(line);
      }
    };
  }

  @Test
  void listsWhatThereIs() {
    assertThat(catalog().entries())
        .contains(
            new TaskCatalog.Entry("hellaswag", "task", "Rowan/hellaswag"),
            new TaskCatalog.Entry("sums", "tag", "one, two"),
            new TaskCatalog.Entry(
                "mmlu", "group", "mmlu_stem, mmlu_other, mmlu_social_sciences, mmlu_humanities"));
    assertThat(catalog().entries().stream().filter(entry -> entry.name().startsWith("mmlu_")))
        .hasSize(57 + 4);
    assertThat(catalog().entries()).noneMatch(entry -> entry.name().equals("py"));
  }

  @Test
  void groupsTakeTagsAndChangeTheirMembers() throws IOException {
    write(
        "g.yaml",
        """
        group: g
        num_fewshot: 1
        task:
          - others
          - task: one
            task_alias: first
            target_delimiter: "-"
          - group: inner
            task: [two]
            aggregate_metric_list: {metric: exact_match, weight_by_size: false, filter_list: none}
        """);
    TaskGroup group = (TaskGroup) catalog().load(List.of("g")).getFirst();
    assertThat(group.members())
        .extracting(EvalTask::name)
        .containsExactly("two", "one", "g::inner");
    LeafTask one = (LeafTask) group.members().get(1);
    assertThat(one.alias()).isEqualTo("first");
    assertThat(one.prompt().targetDelimiter()).isEqualTo("-");
    assertThat(one.fewshot().count(-1)).isEqualTo(1);
    TaskGroup.Aggregate aggregate = ((TaskGroup) group.members().get(2)).aggregates().getFirst();
    assertThat(aggregate.matches("exact_match,none")).isTrue();
    assertThat(aggregate.matches("exact_match,strict")).isFalse();
  }

  @Test
  void anExplicitZeroOfExamplesStays() {
    LeafTask one = (LeafTask) catalog().load(List.of("one")).getFirst();
    LeafTask two = (LeafTask) catalog().load(List.of("two")).getFirst();
    assertThat(one.fewshot().count(5)).isEqualTo(5);
    assertThat(two.fewshot().count(5)).isZero();
  }

  @Test
  void generationSettingsAreLaidOverTheTasksOwn() throws IOException {
    write("gen.yaml", "include: base_yaml\ntask: gen\ngeneration_kwargs: {until: [a], top_k: 3}\n");
    ObjectNode kwargs = TaskFile.emptyObject().put("max_gen_toks", 7).put("until", "b");
    LeafTask task =
        (LeafTask) new TaskCatalog(folder, null, kwargs).load(List.of("gen")).getFirst();
    assertThat(task.generation().until()).containsExactly("b");
    assertThat(task.generation().maxNewTokens()).isEqualTo(7);
    assertThat(task.generation().kwargs().path("top_k").asInt()).isEqualTo(3);
  }
}
