package dev.sifter.train.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedRunTest {
  @TempDir Path folder;

  private static StepMetrics step(long step, double loss) {
    return new StepMetrics(
        step, 0.25 * step, loss, 1.5, 2e-5, 0.7, 0.4, 100 * step, 900.5, 0.1, 1L << 33);
  }

  private void write(String... lines) throws IOException {
    Files.writeString(folder.resolve("log.jsonl"), String.join("\n", lines) + "\n");
  }

  /** What is no number stays none. */
  @Test
  void readsWhatALogWrites() {
    TrainingLog log = new TrainingLog(folder);
    log.logged(step(1, Double.NaN));
    log.logged(step(2, 3.25));
    TrainingSummary summary =
        new TrainingSummary(2, 0.5, 3.5, 1e12, 200, 8.5, 1L << 34, "early stopping");
    log.finished(summary);
    LoggedRun run = LoggedRun.read(folder);
    assertThat(run.steps()).containsExactly(step(1, Double.NaN), step(2, 3.25));
    assertThat(run.summary()).contains(summary);
    assertThat(run.evaluations()).isEmpty();
  }

  @Test
  void figuresOfEvaluationsHaveTheirNames() throws IOException {
    write(
        "{\"step\": 2, \"loss\": 3}",
        "{\"step\": 2, \"epoch\": 0.5, \"eval_loss\": \"Infinity\", \"eval_piqa_acc\": 0.5}",
        "{\"step\": 4, \"loss\": 2}");
    LoggedRun run = LoggedRun.read(folder);
    assertThat(run.steps()).extracting(StepMetrics::step).containsExactly(2L, 4L);
    assertThat(run.evaluations())
        .containsExactly(
            new LoggedRun.Evaluated(
                2, Map.of("eval_loss", Double.POSITIVE_INFINITY, "eval_piqa_acc", 0.5)));
    assertThat(run.summary()).isEmpty();
  }

  @Test
  void theLastRunInAFolderCounts() throws IOException {
    String[] first = {"{\"step\": 1, \"loss\": 9}", "{\"step\": 2, \"loss\": 8}"};
    write(first[0], first[1], "{\"step\": 1, \"loss\": 7}");
    assertThat(LoggedRun.read(folder).steps()).extracting(StepMetrics::loss).containsExactly(7.0);
    write(first[0], "{\"step\": 1, \"train_loss\": 9}", "{\"step\": 2, \"loss\": 6}");
    LoggedRun run = LoggedRun.read(folder);
    assertThat(run.steps()).extracting(StepMetrics::loss).containsExactly(6.0);
    assertThat(run.summary()).isEmpty();
  }

  @Test
  void aLineThatIsStillBeingWrittenIsLeftOut() throws IOException {
    Files.writeString(
        folder.resolve("log.jsonl"), "{\"step\": 1, \"loss\": 9}\n{\"step\": 2, \"lo");
    assertThat(LoggedRun.read(folder).steps()).hasSize(1);
  }

  @Test
  void refusesWhatIsNoLog() throws IOException {
    assertThatThrownBy(() -> LoggedRun.read(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll("has no log.jsonl", "output_dir");
    write("{\"step\": 1, \"loss\": 9}", "{\"step\": 2, \"lo");
    assertThatThrownBy(() -> LoggedRun.read(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll("log.jsonl:2", "not JSON");
    write("{\"loss\": 9}");
    assertThatThrownBy(() -> LoggedRun.read(folder)).hasMessageContaining("log.jsonl:1");
  }
}
