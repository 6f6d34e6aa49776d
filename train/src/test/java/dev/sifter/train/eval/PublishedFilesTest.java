package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.source.TaskFile;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.PromptBuilder;
import dev.sifter.train.eval.task.SampleMetrics;
import dev.sifter.train.eval.task.TaskCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets as their authors publish them, where that differs from the Hub's form. */
class PublishedFilesTest {
  @TempDir Path data;

  private void write(String path, String text) throws IOException {
    Path file = data.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private LeafTask load(String name) {
    return (LeafTask)
        new TaskCatalog(null, data, TaskFile.emptyObject()).load(List.of(name)).getFirst();
  }

  @Test
  void mmluIsATableWithoutAHeader() throws IOException {
    write("mmlu/test/virology_test.csv", "\"Who, if\n any?\",a,b,\"c \"\"d\"\"\",e,C\n");
    write("mmlu/dev/virology_dev.csv", "Which?,1,2,3,4,A\n");
    LeafTask task = load("mmlu_virology");
    ObjectNode doc = task.docs().getFirst();
    assertThat(task.prompt().text().textOrIndex(doc, true))
        .isEqualTo("Who, if\n any?\nA. a\nB. b\nC. c \"d\"\nD. e\nAnswer:");
    assertThat(task.prompt().target().target(doc, true)).isEqualTo(2);
    assertThat(task.fewshot().pool().get().getFirst().path("answer").asInt()).isZero();
    write("mmlu/test/virology_test.csv", "Who?,a,b\n");
    assertThatThrownBy(() -> load("mmlu_virology")).hasMessageContaining("line 1: 3 values");
    write("mmlu/test/virology_test.csv", "Who?,a,b,c,d,E\n");
    assertThatThrownBy(() -> load("mmlu_virology")).hasMessageContaining("none of A, B, C, D");
  }

  @Test
  void aCardSaysWhereTheFilesOfASplitAre() throws IOException {
    write("odd/en/part-one.jsonl", "{\"q\":\"Why?\"}\n");
    write("odd/fr/part-one.jsonl", "{\"q\":\"Pourquoi ?\"}\n");
    write(
        "odd/README.md",
        """
        ---
        configs:
        - {config_name: en, data_files: [{split: test, path: en/*}]}
        - {config_name: fr, data_files: [{split: test, path: fr/*}]}
        ---
        """);
    String task =
        """
        task: odd_%s
        dataset_path: someone/odd
        dataset_name: %s
        test_split: %s
        output_type: loglikelihood
        doc_to_text: "{{q}}"
        doc_to_target: x
        metric_list: [{metric: acc}]
        """;
    write("fr.yaml", task.formatted("fr", "fr", "test"));
    write("none.yaml", task.formatted("none", "fr", "validation"));
    assertThat(load(data.resolve("fr.yaml").toString()).docs())
        .extracting(doc -> doc.path("q").asText())
        .containsExactly("Pourquoi ?");
    assertThatThrownBy(() -> load(data.resolve("none.yaml").toString()))
        .hasMessageContaining("the split 'validation' of its data set someone/odd is not in");
  }

  @Test
  void arcHasItsChoicesWithinTheQuestion() throws IOException {
    write(
        "ARC-V1-Feb2018-2/ARC-Easy/ARC-Easy-Test.jsonl",
        """
        {"id":"1","question":{"stem":"Why?","choices":[{"text":"so","label":"1"},{"text":"no","label":"2"}]},"answerKey":"2"}
        """);
    LeafTask task = load("arc_easy");
    ObjectNode doc = task.docs().getFirst();
    assertThat(task.prompt().text().textOrIndex(doc, true)).isEqualTo("Question: Why?\nAnswer:");
    assertThat(task.prompt().choices().choices(doc)).containsExactly("so", "no");
    assertThat(task.prompt().target().target(doc, true)).isEqualTo(1);
  }

  @Test
  void piqaHasItsLabelsInAFileOfTheirOwn() throws IOException {
    String record = "{\"goal\":\"g\",\"sol1\":\"a\",\"sol2\":\"b\"}\n";
    write("piqa/valid.jsonl", record + record);
    write("piqa/valid-labels.lst", "1\n0\n");
    assertThat(load("piqa").docs())
        .extracting(doc -> doc.path("label").asInt())
        .containsExactly(1, 0);
    write("piqa/valid-labels.lst", "1\n");
    assertThatThrownBy(() -> load("piqa")).hasMessageContaining("1 labels for 2 records");
  }

  @Test
  void boolqAnswersWithTruthValues() throws IOException {
    write(
        "boolq/dev.jsonl",
        "{\"question\":\"q\",\"title\":\"t\",\"answer\":true,\"passage\":\"p\"}\n");
    assertThat(load("boolq").docs().getFirst().path("label").asInt()).isEqualTo(1);
    write("boolq/val.jsonl", "{\"question\":\"q\",\"label\":false,\"passage\":\"p\"}\n");
    assertThat(load("boolq").docs().getFirst().path("label").asInt()).isZero();
  }

  @Test
  void truthfulqaMapsChoicesToLabels() throws IOException {
    write(
        "truthfulqa/mc_task.json",
        """
        [{"question": "Q?", "mc1_targets": {"no": 0, "yes": 1}, "mc2_targets": {"yes": 1, "no": 0, "also": 1}}]
        """);
    LeafTask task = load("truthfulqa_mc1");
    ObjectNode doc = task.docs().getFirst();
    assertThat(task.prompt().choices().choices(doc)).containsExactly("no", "yes");
    assertThat(task.prompt().target().target(doc, true)).isEqualTo(1);
    LeafTask second = load("truthfulqa_mc2");
    assertThat(
            SampleMetrics.of(
                second,
                second.docs().getFirst(),
                List.of(logProbability(0.2), logProbability(0.2), logProbability(0.1))))
        .hasEntrySatisfying(
            "acc", value -> assertThat(((ItemValue.Score) value).value()).isEqualTo(0.6));
  }

  private static Object logProbability(double p) {
    return new LogLikelihood(Math.log(p), false);
  }

  @Test
  void wikitextIsOneFileOfPages() throws IOException {
    write(
        "wikitext/wiki.test.raw",
        " \n = First = \n \n text , more \n = = Part = = \n\n = Second = \n end \n");
    LeafTask task = load("wikitext");
    assertThat(task.docs())
        .extracting(doc -> doc.path("page").asText())
        .containsExactly(
            " = First = \n \n text , more \n = = Part = = \n", " = Second = \n end \n");
    assertThat(task.docs().getFirst().path("detokenized").asText())
        .isEqualTo(" = First =\n\ntext, more\n== Part ==\n");
  }

  /** Two prompts with 1 and 2 instructions: of 3 instructions 2 are followed, of 2 prompts 1. */
  @Test
  void ifevalCountsPromptsAndInstructions() throws IOException {
    write(
        "IFEval/ifeval_input_data.jsonl",
        """
        {"key": 1, "prompt": "No commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
        {"key": 2, "prompt": "A title.", "instruction_id_list": ["detectable_format:title", "startend:quotation"], "kwargs": [{}, {"num_words": null}]}
        """);
    LeafTask task = load("ifeval");
    TaskRun run = new TaskRun(task, new PromptBuilder(task, null, "", 0, 0), 0, 2);
    assertThat(run.requests())
        .extracting(TaskRun.Request::context)
        .containsExactly("No commas.", "A title.");
    assertThat(task.generation().maxNewTokens()).isEqualTo(1280);
    run.requests().get(0).answers().add("none");
    run.requests().get(1).answers().add("Here:\n\"<<On titles>>\nthey, say\"");
    TaskResult result = run.result(100);
    assertThat(result.figures().get("prompt_level_strict_acc,none").value()).isEqualTo(0.5);
    assertThat(result.figures().get("inst_level_strict_acc,none").value()).isEqualTo(2.0 / 3);
    assertThat(result.figures().get("inst_level_strict_acc,none").standardError()).isEmpty();
    assertThat(result.figures().get("prompt_level_loose_acc,none").value()).isEqualTo(1);
    assertThat(result.figures().get("inst_level_loose_acc,none").value()).isEqualTo(1);
  }

  @Test
  void theHubsCacheIsAFolderToo() throws IOException {
    write(
        "datasets--EleutherAI--lambada_openai/snapshots/abc/default/test.jsonl",
        "{\"text\": \"a long day\"}\n");
    assertThat(load("lambada_openai").docs()).hasSize(1);
  }

  @Test
  void whatIsMissingIsNamedWithItsSource() {
    assertThatThrownBy(() -> load("gsm8k"))
        .hasMessageStartingWith(
            "task gsm8k: the split 'test' of its data set openai/gsm8k is not in")
        .hasMessageContaining("https://github.com/openai/grade-school-math")
        .hasMessageContaining("DIR/gsm8k");
    assertThatThrownBy(
            () -> new TaskCatalog(null, null, TaskFile.emptyObject()).load(List.of("hellaswag")))
        .hasMessageContaining("--data DIR")
        .hasMessageContaining("hellaswag_val.jsonl");
    assertThatThrownBy(() -> new TaskCatalog(null, data.resolve("no"), TaskFile.emptyObject()))
        .hasMessageContaining("no such folder");
  }
}
