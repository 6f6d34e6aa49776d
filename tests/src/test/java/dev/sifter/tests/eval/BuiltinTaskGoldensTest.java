package dev.sifter.tests.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.ResultFiles;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.eval.task.TaskCatalog;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Built-in tasks over the records of the harness's recorded runs, brought into the form that the
 * Hub publishes: the same figures, to the last bit.
 */
class BuiltinTaskGoldensTest {
  private static final String LABELS = "ABCDEFGH";

  @TempDir Path data;

  /** Writes a golden's records, each changed, as a file of the data set. */
  private void publish(String golden, String file, UnaryOperator<ObjectNode> change)
      throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String line : Files.readAllLines(Goldens.golden("eval/data/" + golden + ".jsonl"))) {
      lines.append(change.apply((ObjectNode) Json.mapper().readTree(line))).append('\n');
    }
    Path target = data.resolve(file);
    Files.createDirectories(target.getParent());
    Files.writeString(target, lines);
  }

  private static String question(JsonNode record) {
    return record.path("query").asText().replaceFirst("^Question: ", "");
  }

  private static ObjectNode arc(ObjectNode record) {
    ObjectNode published = record.objectNode().put("question", question(record));
    ObjectNode choices = published.putObject("choices");
    choices.set("text", record.path("choices"));
    for (int i = 0; i < record.path("choices").size(); i++) {
      choices.withArray("label").add(LABELS.substring(i, i + 1));
    }
    int gold = record.path("gold").asInt();
    return published.put("answerKey", LABELS.substring(gold, gold + 1));
  }

  private static ObjectNode piqa(ObjectNode record) {
    ObjectNode published = record.objectNode().put("goal", question(record).strip());
    published.set("sol1", record.path("choices").path(0));
    published.set("sol2", record.path("choices").path(1));
    published.set("label", record.path("gold"));
    return published;
  }

  private static ObjectNode hellaswag(ObjectNode record) {
    String[] parts = record.path("query").asText().split(": ", 2);
    ObjectNode published = record.objectNode();
    published.put("activity_label", parts[0]).put("ctx_a", parts[1]).put("ctx_b", "");
    published.set("endings", record.path("choices"));
    return published.put("label", record.path("gold").asText());
  }

  private static ObjectNode winogrande(ObjectNode record) {
    String first = record.path("context_options").path(0).asText();
    String second = record.path("context_options").path(1).asText();
    int blank = 0;
    while (first.charAt(blank) == second.charAt(blank)) {
      blank++;
    }
    ObjectNode published = record.objectNode();
    published.put(
        "sentence", first.substring(0, blank) + "_ " + record.path("continuation").asText());
    published.put("option1", first.substring(blank)).put("option2", second.substring(blank));
    return published.put("answer", String.valueOf(record.path("gold").asInt() + 1));
  }

  private EvalResult evaluate(EvalOptions options, String... tasks) {
    Path folder = Goldens.golden("train/base");
    TaskCatalog catalog = new TaskCatalog(null, data, Json.mapper().createObjectNode());
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        Decoder model = ModelFolder.load(folder, backend)) {
      return new Evaluator(model, Tokenizer.load(folder), null, options)
          .evaluate(catalog.load(List.of(tasks)), ProgressListener.SILENT);
    }
  }

  private static void checkFigures(EvalResult actual, String task, String golden, String... keys) {
    JsonNode expected =
        Json.readObject(Goldens.golden("eval/results/plain.json")).path("results").path(golden);
    JsonNode figures = ResultFiles.json(actual).path("results").path(task);
    assertThat(figures.path("sample_len")).isEqualTo(expected.path("sample_len"));
    for (String key : keys) {
      for (String figure : List.of(key + ",none", key + "_stderr,none")) {
        assertThat(figures.path(figure).asDouble(Double.NaN))
            .as(task + " " + figure)
            .isEqualTo(expected.path(figure).asDouble());
      }
    }
  }

  @Test
  void choicesAgree() throws IOException {
    publish("arc_easy", "ai2_arc/ARC-Easy/test.jsonl", BuiltinTaskGoldensTest::arc);
    publish("piqa", "piqa/validation.jsonl", BuiltinTaskGoldensTest::piqa);
    publish("hellaswag", "hellaswag/hellaswag_val.jsonl", BuiltinTaskGoldensTest::hellaswag);
    publish("winogrande", "winogrande_1.1/dev.jsonl", BuiltinTaskGoldensTest::winogrande);
    EvalResult result =
        evaluate(EvalOptions.DEFAULT, "arc_easy", "piqa", "hellaswag", "winogrande");
    checkFigures(result, "arc_easy", "g_arc_easy", "acc", "acc_norm");
    checkFigures(result, "piqa", "g_piqa", "acc", "acc_norm");
    checkFigures(result, "hellaswag", "g_hellaswag", "acc", "acc_norm");
    checkFigures(result, "winogrande", "g_winogrande", "acc");
  }

  @Test
  void subjectsAgreeWithExamples() throws IOException {
    for (String subject : List.of("anatomy", "high_school_geography")) {
      publish("mmlu_" + subject, "cais/mmlu/" + subject + "/test.jsonl", record -> record);
      publish("mmlu_" + subject + "_dev", "cais/mmlu/" + subject + "/dev.jsonl", record -> record);
    }
    EvalResult result =
        evaluate(
            EvalOptions.DEFAULT.withNumFewshot(2), "mmlu_anatomy", "mmlu_high_school_geography");
    checkFigures(result, "mmlu_anatomy", "g_mmlu_anatomy", "acc");
    checkFigures(result, "mmlu_high_school_geography", "g_mmlu_high_school_geography", "acc");
  }

  /** Python's csv module counts 1,542 records in the validation tables, many of several lines. */
  @Test
  void allTablesOfTheAuthorsAreRead() throws IOException {
    Path tables = Goldens.data("datasets/mmlu");
    Path test = Files.createDirectories(data.resolve("mmlu/test"));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(tables.resolve("val"))) {
      for (Path file : files) {
        String name = file.getFileName().toString().replace("_val.csv", "_test.csv");
        Files.copy(file, test.resolve(name));
      }
    }
    EvalTask mmlu =
        new TaskCatalog(null, data, Json.mapper().createObjectNode())
            .load(List.of("mmlu"))
            .getFirst();
    assertThat(mmlu.leaves()).hasSize(57);
    assertThat(mmlu.leaves().stream().mapToInt(task -> task.docs().size()).sum()).isEqualTo(1542);
  }
}
