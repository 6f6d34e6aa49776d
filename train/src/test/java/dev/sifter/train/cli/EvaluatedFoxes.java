package dev.sifter.train.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tests that evaluate a random model on a task of six records. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EvaluatedFoxes {
  static final int RECORDS = 6;

  Path work;
  Path base;
  Path adapter;
  Path task;

  @BeforeAll
  void makeModelAndTask(@TempDir Path folder) throws IOException {
    work = folder;
    base = TinyModel.save(work.resolve("base"));
    adapter = TinyModel.saveAdapter(work.resolve("adapter"), base);
    StringBuilder records = new StringBuilder();
    for (int i = 0; i < RECORDS; i++) {
      records.append("{\"q\": \"the fox %d\", \"a\": %d}%n".formatted(i, i % 2));
    }
    Files.writeString(work.resolve("records.jsonl"), records);
    task =
        Files.writeString(
            work.resolve("foxes.yaml"),
            """
            task: foxes
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: records.jsonl
            test_split: test
            output_type: multiple_choice
            doc_to_text: "{{q}}"
            doc_to_choice: ["jumps", "answers"]
            doc_to_target: a
            metric_list:
              - metric: acc
            """);
  }

  final Cli eval(Object... more) {
    Object[] args = new Object[5 + more.length];
    Object[] first = {"eval", "--model", base, "--device", "reference"};
    System.arraycopy(first, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Cli.run(args);
  }

  final Path generating() throws IOException {
    return Files.writeString(
        work.resolve("generating.yaml"),
        Files.readString(task)
                .replace("task: foxes", "task: generating")
                .replace("multiple_choice", "generate_until")
                .replace("metric: acc", "metric: exact_match")
                .replaceAll("(?m)^doc_to_choice.*\\R", "")
            + "generation_kwargs: {max_gen_toks: 2}\n");
  }
}
