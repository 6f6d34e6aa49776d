package dev.sifter.train.eval.task;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples that no prompt can be made of; those that one can, {@code OddTasksTest} has. */
class PromptBuilderTest {
  private static final String TASK =
      """
      task: t
      dataset_path: json
      dataset_kwargs: {data_files: {test: t.jsonl}}
      test_split: test
      fewshot_split: test
      num_fewshot: 1
      output_type: multiple_choice
      doc_to_choice: choices
      """;

  @TempDir Path folder;

  private void buildPrompt(String rest) throws IOException {
    String record = "{\"q\": %s, \"gold\": [0, 1], \"right\": 1, \"choices\": [\"a\", \"b\"]}\n";
    Files.writeString(
        folder.resolve("t.jsonl"), record.formatted("\"x\"") + record.formatted("\"y\""));
    LeafTask task =
        EvalTask.load(Files.writeString(folder.resolve("t.yaml"), TASK + rest)).leaves().getFirst();
    new PromptBuilder(task, null, "", 1, 1234).contexts(task.docs().getFirst());
  }

  /** The harness, too, has no answer of them. */
  @Test
  void numbersOfSeveralChoicesAreNoAnswerOfAnExample() {
    assertThatThrownBy(() -> buildPrompt("doc_to_text: q\ndoc_to_target: gold\n"))
        .hasMessageContainingAll("gives [0, 1]", "no text", "fewshot_config.doc_to_target");
  }

  @Test
  void anAnswerMustBeOneOfTheChoices() {
    assertThatThrownBy(() -> buildPrompt("doc_to_text: q\ndoc_to_target: 2\n"))
        .hasMessageContainingAll("doc_to_choice gives 2 choices", "number 2");
  }

  @Test
  void anExampleMustNameItsInputToo() {
    String task = "doc_to_text: right\ndoc_to_target: q\nfewshot_config: {doc_to_text: q}\n";
    assertThatThrownBy(() -> buildPrompt(task))
        .hasMessageContainingAll("doc_to_text gives 'y'", "number of a choice");
  }
}
