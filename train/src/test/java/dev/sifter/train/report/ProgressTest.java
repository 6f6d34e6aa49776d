package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class ProgressTest {
  private static final String NEWLINE = System.lineSeparator();
  private static final Terminal SCREEN = new Terminal(true, 160);

  private final StringWriter written = new StringWriter();
  private final PrintWriter out = new PrintWriter(written);
  private long nanos;

  private void sleep(double seconds) {
    nanos += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  /** What a terminal of one line's height above the last shows: each line as it was left. */
  private static String screen(String text) {
    StringBuilder shown = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      shown.append(line.substring(line.lastIndexOf("\033[K") + 1).replace("[K", "")).append('\n');
    }
    return shown.substring(0, shown.length() - 1);
  }

  @Test
  void aLogFileGrowsWithTheLogarithmOfTheTime() {
    try (Progress progress =
        new Progress.Lines("tokenising", "rows", 0, 1_000_000, out, () -> nanos)) {
      for (int i = 1; i <= 1_000_000; i++) {
        sleep(0.1);
        progress.stepTo(i);
      }
    }

    // Every 10 s up to 100 s, then 1.1-fold: 10 + ln(1000) / ln(1.1) = 82 lines, and the last.
    assertThat(written.toString().lines().count()).isBetween(80L, 86L);
    assertThat(written.toString().lines().findFirst().orElseThrow())
        .isEqualTo("tokenising: 100/1000000 rows, 10.0 s, 10 rows/s, left 1 d 03 h");
    assertThat(written.toString()).endsWith("1000000/1000000 rows, 1 d 03 h, 10 rows/s" + NEWLINE);
  }

  @Test
  void aShortPieceOfWorkWritesOneLine() {
    Progress progress = new Progress.Lines("evaluating", "records", 0, 3, out, () -> nanos);
    for (int i = 1; i <= 3; i++) {
      sleep(1);
      progress.stepTo(i);
    }
    progress.close();
    progress.close();

    assertThat(written.toString())
        .isEqualTo("evaluating: 3/3 records, 3.00 s, 1 records/s" + NEWLINE);
  }

  @Test
  void aResumedRunIsTimedByWhatItDidItself() {
    try (Progress progress = new Progress.Lines("run", "steps", 900, 1000, out, () -> nanos)) {
      sleep(10);
      progress.stepTo(950);
    }

    assertThat(written.toString()).contains("950/1000 steps, 10.0 s, 5 steps/s, left 10.0 s");
  }

  @Test
  void aBarThatIsClosedEarlyLeavesTheTerminalClean() {
    try (Progress progress = Progress.start("work", "rows", 0, 100, SCREEN, out)) {
      progress.stepTo(40);
      progress.stepTo(10);
      progress.line("a warning that stays");
      progress.message("loss 1.5");
    }

    String screen = screen(written.toString());
    assertThat(screen).endsWith("\n").contains("a warning that stays\n");
    assertThat(screen).contains("40/100 rows").contains("loss 1.5");
    String codes = written.toString().replace("\r\033[K", "");
    assertThat(codes)
        .as("no colour and no mode is set")
        .doesNotContain("\033")
        .doesNotContain("\r");
  }

  @Test
  void aTrainingInALogFileIsALineForEachLogLine() {
    ProgressDisplay display = new ProgressDisplay("training", Terminal.NONE, out, () -> nanos);
    display.started(0, 100);
    sleep(50);
    for (int step = 1; step <= 50; step++) {
      display.stepDone(step, 2);
    }
    display.logged(metrics());
    display.evaluated(50, new EvalMetrics(2.5, 2.5, 2.5, 0.4, 1234, Map.of()));
    display.finished(new TrainingSummary(100, 1, 2.2, 1e9, 51_200, 100, 3L << 29, null));
    display.close();

    assertThat(written.toString().lines())
        .containsExactly(
            "training: 100 steps",
            "step 50/100  epoch 0.50  loss 2.3457  grad norm 1.23  lr 2e-4  accuracy 0.512"
                + "  12.3k tok/s  peak 1.5 GiB  left 50.0 s",
            "step 50/100  held-out loss 2.5000  accuracy 0.400  on 1234 target tokens",
            "training: done, 100 steps, epoch 1, 51.2k tokens in 1 min 40 s, mean loss 2.2000,"
                + " peak 1.5 GiB");
  }

  @Test
  void aRunThatHasMadeItsStepsSaysHowToMakeMore() {
    for (Terminal terminal : List.of(Terminal.NONE, SCREEN)) {
      try (ProgressDisplay display = new ProgressDisplay("training", terminal, out)) {
        display.started(120, 100);
      }
    }
    assertThat(written.toString().lines())
        .containsOnly(
            "training: all 100 steps were made before; a larger num_train_epochs or max_steps makes"
                + " more");
  }

  @Test
  void aTrainingThatFailsOnATerminalEndsItsLine() {
    try (ProgressDisplay display = new ProgressDisplay("training", SCREEN, out)) {
      display.started(0, 100);
      display.stepDone(1, 2);
      display.logged(metrics());
    }

    String screen = screen(written.toString());
    assertThat(screen).contains("1/100 steps").contains("loss 2.346").endsWith("\n");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux says in /proc where errors go")
  void errorsThatGoToAFileGetNoBar(@TempDir Path folder) throws IOException {
    Path toFile = Files.createSymbolicLink(folder.resolve("1"), folder.resolve("run.log"));
    Path toTerminal = Files.createSymbolicLink(folder.resolve("2"), Path.of("/dev/pts/3"));

    assertThat(Terminal.errorsGoToFile(toFile)).isTrue();
    assertThat(Terminal.errorsGoToFile(toTerminal)).isFalse();
    assertThat(Terminal.errorsGoToFile(folder.resolve("not on Linux"))).isFalse();
  }

  private static StepMetrics metrics() {
    return new StepMetrics(
        50, 0.5, 2.34567, 1.2345, 2e-4, 2, 0.5123, 25_600, 12_345, 0.4, 3L << 29);
  }
}
