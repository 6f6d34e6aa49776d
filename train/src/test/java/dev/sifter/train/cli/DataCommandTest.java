package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** {@code sifter data} on good data, and on data that {@code sifter sft} refuses. */
class DataCommandTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void saveModel() {
    model = TinyModel.save(folder.resolve("model"));
  }

  private static String chat(String question, String answer) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},".formatted(question)
        + "{\"role\":\"assistant\",\"content\":\"%s\"}]}%n".formatted(answer);
  }

  private Path config(String train, String eval) throws IOException {
    Path data = Files.writeString(folder.resolve("train.jsonl"), train);
    Path held = Files.writeString(folder.resolve("eval.jsonl"), eval);
    return Files.writeString(
        folder.resolve("config.yaml"),
        """
        model_name_or_path: %s
        dataset_name: %s
        eval_dataset: %s
        output_dir: %s
        assistant_only_loss: true
        max_length: 60
        """
            .formatted(model, data, held, folder.resolve("out")));
  }

  private static JsonNode json(Cli cli) throws IOException {
    return Json.mapper().readTree(cli.out());
  }

  @Test
  void describesDataThatCanBeTrainedOn() throws Exception {
    StringBuilder train = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      train.append(chat("the user asks " + i, "the model answers " + i));
    }
    train
        .append(chat("hello", "a".repeat(300)))
        .append(chat("the user asks 3", "the model answers 3"));
    Path config = config(train.toString(), chat("fox", "dog"));
    Path page = folder.resolve("data.html");

    Cli text = Cli.run("data", config, "--html", page, "--max_length", "256");
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out())
        .contains("== training data ==", "== evaluation data ==", "22 × messages", "max_length 256")
        .contains("Training would start on this data.")
        .contains("suspicious", "only", "different ones");
    assertThat(text.out().lines().filter(line -> line.matches(" +\\d+\\+? +\\d+ .*")).findFirst())
        .as("the histogram begins with the shortest row")
        .hasValueSatisfying(line -> assertThat(line).contains("█"));
    assertThat(page).content().startsWith("<!DOCTYPE html>").contains("Training would start");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(
            new InputSource(
                new StringReader(Files.readString(page).substring("<!DOCTYPE html>".length()))));

    Cli intoFolder = Cli.run("data", config, "--html", folder, "--max_length", "256");
    assertThat(intoFolder.code()).isOne();
    assertThat(intoFolder.err())
        .endsWith("sifter: cannot write %s: it is a folder\n".formatted(folder));

    JsonNode part =
        json(Cli.run("data", config, "--json", "--max_length", "256")).get("parts").get(0);
    assertThat(part.get("records").asInt()).isEqualTo(22);
    assertThat(part.get("duplicates").asInt()).isEqualTo(1);
    assertThat(part.get("truncated").asInt()).isEqualTo(1);
    assertThat(part.get("longest").get(0).get("origin").asText()).contains("train.jsonl:21");
    int counted = 0;
    for (JsonNode bar : part.get("histogram").get("counts")) {
      counted += bar.asInt();
    }
    assertThat(counted).isEqualTo(22);
    assertThat(part.get("packing").get("rows").asInt()).isBetween(2, 21);
    assertThat(part.get("packing").get("efficiency").asDouble()).isBetween(0.5, 1.0);
  }

  /** Columns made into conversations are the conversations. */
  @Test
  void recordsAreFormatted() throws Exception {
    StringBuilder chats = new StringBuilder();
    StringBuilder columns = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      chats.append(chat("the user asks " + i, "yes " + i));
      columns.append("{\"q\": \"user asks %d\", \"a\": %d}%n".formatted(i, i));
    }
    JsonNode wanted =
        json(Cli.run("data", config(chats.toString(), chat("the fox", "yes 9")), "--json"));
    Path config = config(columns.toString(), "{\"q\": \"fox\", \"a\": 9}");
    Files.writeString(
        config,
        """
        formatting_func:
          messages:
          - {role: user, content: "the {{q}}"}
          - {role: assistant, content: "yes {{a}}"}
        """,
        StandardOpenOption.APPEND);
    Cli formatted = Cli.run("data", config, "--json");
    assertThat(formatted.code()).describedAs(formatted.err()).isZero();
    assertThat(json(formatted)).isEqualTo(wanted);
    assertThat(Cli.run("data", config, "--formatting_func", "[1]").err())
        .contains("formatting_func is [1]; it must be a text, or the keys and texts of a record");
  }

  /** The report is complete before the file of its rows is let go. */
  @Test
  void saysTheSameOfRowsInAFile() throws IOException {
    Path config = config(chat("fox", "dog").repeat(3) + chat("hello", "all"), chat("a", "b"));
    String memory = Cli.run("data", config, "--json").out();
    Path kept = folder.resolve("kept");
    for (int round = 0; round < 2; round++) {
      Cli file = Cli.run("data", config, "--json", "--dataset_prepared_path", kept);
      assertThat(file.out()).as(file.err()).isEqualTo(memory);
      assertThat(kept).isNotEmptyDirectory();
    }
  }

  @Test
  void showsCharactersThatSeveralTokensShare() throws IOException {
    Path page = folder.resolve("data.html");
    Cli cli = Cli.run("data", config(chat("один", "早上好"), chat("a", "b")), "--html", page);
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("один", "早上好").doesNotContain("\ufffd");
    assertThat(page).content().contains(">早<").doesNotContain("\ufffd");
  }

  @Test
  void tellsEveryRecordThatIsRefused() throws IOException {
    Path config =
        config(
            chat("fine", "yes")
                + "{\"messages\":[]}\n"
                + "{\"messages\":[{\"role\":\"user\",\"content\":\"no answer\"}]}\n"
                + "{\"text\": \"not ended\"\n"
                + chat("fine too", "yes"),
            chat("fox", "dog"));

    Cli cli = Cli.run("data", config, "--json");
    assertThat(cli.code()).isEqualTo(1);
    JsonNode report = json(cli);
    assertThat(report.get("is_accepted").asBoolean()).isFalse();
    JsonNode refusals = report.get("parts").get(0).get("refusals");
    assertThat(refusals).hasSize(3);
    assertThat(refusals.get(0).asText()).contains("train.jsonl:2", "empty conversation");
    assertThat(refusals.get(1).asText()).contains("train.jsonl:3", "assistant");
    assertThat(refusals.get(2).asText())
        .contains("train.jsonl:4", "not JSON", "(column 21)")
        .doesNotContain("Source");
    assertThat(report.get("parts").get(0).get("records").asInt()).isEqualTo(2);

    Cli text = Cli.run("data", config);
    assertThat(text.code()).isEqualTo(1);
    assertThat(text.out())
        .contains("REFUSED  ")
        .contains("Training would be refused: mend what is marked REFUSED above.");
    Cli sft = Cli.run("sft", config);
    assertThat(sft.code()).isEqualTo(1);
    assertThat(sft.err()).contains("train.jsonl:2");
  }

  @Test
  void refusesEvaluationDataThatIsTrainedOn() throws IOException {
    Path config = config(chat("a", "yes") + chat("b", "no"), chat("c", "no") + chat("b", "no"));

    Cli cli = Cli.run("data", config);
    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.out())
        .contains("1 of 2 rows of the evaluation data are in the training data too")
        .contains("eval.jsonl:2", "train.jsonl:2", "check_eval_overlap: false");
    assertThat(Cli.run("sft", config).err()).contains("check_eval_overlap: false");
    assertThat(Cli.run("data", config, "--check_eval_overlap", "false").code()).isZero();
  }

  @Test
  void refusesDataThatIsMostlyCut() throws IOException {
    Path config = config(chat("a", "b".repeat(90)) + chat("c", "d".repeat(99)), chat("e", "f"));

    Cli cli = Cli.run("data", config);
    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.out()).contains("2 of 2 rows (100.0 %)", "max_truncated_share: 1");
    assertThat(Cli.run("data", config, "--max_truncated_share", "1").code()).isZero();
  }

  @Test
  void mixturesAndSplitsAreOptions() throws IOException {
    config(chat("a", "1") + chat("b", "2") + chat("c", "3") + chat("d", "4"), chat("e", "5"));
    Path config =
        Files.writeString(
            folder.resolve("mixture.yaml"),
            """
            model_name_or_path: %s
            datasets:
              - path: %s
                data_files: "tr*.jsonl"
                fraction: 0.5
              - path: json
                data_files: [%s]
                fraction: 0.5
            test_split_size: 1
            output_dir: out
            assistant_only_loss: true
            eval_strategy: epoch
            """
                .formatted(model, folder, folder.resolve("eval.jsonl")));

    JsonNode parts = json(Cli.run("data", config, "--json")).get("parts");
    assertThat(parts.get(0).get("records").asInt()).isEqualTo(1);
    assertThat(parts.get(1).get("records").asInt()).isEqualTo(1);
    assertThat(Cli.run("data", config, "--dataset_name", "x.jsonl").err())
        .contains("unless datasets does");
  }
}
