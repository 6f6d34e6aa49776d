package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir Path folder;

  /** Losses that fall to a third within a third of the run, then rise on held-out data. */
  private Path run(String name, String record) throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    StringBuilder log = new StringBuilder();
    for (int step = 1; step <= 30; step++) {
      log.append("{\"step\":%d,\"loss\":%s}%n".formatted(step, 1 + 2 * Math.pow(0.8, step)));
      log.append("{\"step\":%d,\"eval_loss\":%s}%n".formatted(step, 2 + 0.01 * (step - 9) * step));
    }
    Files.writeString(run.resolve("log.jsonl"), log);
    Files.writeString(run.resolve("training_args.json"), record);
    return run;
  }

  @Test
  void aRunIsShownAndItsCurveRead() throws IOException {
    Path run = run("one", "{\"use_peft\": true, \"lora_r\": 16, \"learning_rate\": 2.0E-5}");
    Cli cli = Cli.run("report", run);
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out())
        .contains("one: loss 1.0025 at step 30; cut off, or still at work")
        .contains("  Sharp initial drop: ", "  warning: Overfitting: ")
        .endsWith("report: " + run.resolve("report.html") + System.lineSeparator());
    assertThat(run.resolve("report.html"))
        .content()
        .contains("<h2>One</h2>", "Overfitting: ", "<dt>use_peft</dt>")
        .doesNotContain("lora_r", "learning_rate");
  }

  @Test
  void runsAreComparedByWhatDiffers() throws IOException {
    Path low = run("low", "{\"use_peft\": true, \"seed\": 7, \"learning_rate\": 1.0E-4}");
    Path high = run("high", "{\"use_peft\": true, \"seed\": 7, \"learning_rate\": 2.0E-4}");
    Cli unnamed = Cli.run("report", low, high);
    assertThat(unnamed.code()).isEqualTo(2);
    assertThat(unnamed.err()).contains("--html=FILE");
    Path page = folder.resolve("rates.html");
    assertThat(Cli.run("report", low, high, "--html", page).code()).isZero();
    String table =
        Files.readString(page).split("<table class=\"runs\">", 2)[1].split("</table>")[0];
    assertThat(table)
        .contains("learning_rate", ">1.0E-4<", ">2.0E-4<", ">low<", ">high<", ">1.8000<")
        .doesNotContain("seed", "use_peft");
  }

  @Test
  void aFolderWithoutALogIsNoRun() {
    Cli cli = Cli.run("report", folder);
    assertThat(cli.code()).isOne();
    assertThat(cli.err()).contains("has no log.jsonl");
  }
}
