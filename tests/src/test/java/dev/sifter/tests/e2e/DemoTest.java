package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.model.gguf.GgufExport;
import dev.sifter.model.gguf.GgufType;
import dev.sifter.train.demo.Demo;
import dev.sifter.train.demo.DemoConsole;
import dev.sifter.train.demo.DemoOutcome;
import dev.sifter.train.demo.DemoSettings;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration, made small: it runs through, leaves all its files, and repeats itself. */
class DemoTest {
  @TempDir Path folder;

  /** Remembers the log's losses. */
  private static final class Losses implements DemoConsole {
    private final List<String> stages = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();

    @Override
    public void stage(String title) {
      stages.add(title);
    }

    @Override
    public void line(String text) {
      assertThat(text).isNotEmpty();
    }

    @Override
    public TrainingListener progress(String name) {
      return new TrainingListener() {
        @Override
        public void stepDone(long step, double loss) {
          losses.add(loss);
        }

        @Override
        public void logged(StepMetrics metrics) {
          losses.add(metrics.gradNorm());
        }
      };
    }
  }

  private static DemoSettings settings(Path folder) {
    return new DemoSettings(folder, 5, 600, 4, 200, 3, 40, "auto", 2);
  }

  @Test
  void runsThroughAndRepeatsItself() throws IOException {
    Losses first = new Losses();
    Losses second = new Losses();
    DemoOutcome outcome = new Demo(settings(folder.resolve("a")), first).run();
    DemoOutcome again = new Demo(settings(folder.resolve("b")), second).run();

    assertThat(first.losses).hasSizeGreaterThan(7).isEqualTo(second.losses);
    assertThat(first.stages).isEqualTo(second.stages).hasSizeGreaterThan(5);
    assertThat(again.proof()).isEqualTo(outcome.proof());
    assertThat(outcome.proof().holds(false)).isTrue();
    assertThat(DemoOutcome.overall(outcome.tuned()).problems()).isEqualTo(40);
    assertThat(DemoOutcome.byKind(again.tuned())).isEqualTo(DemoOutcome.byKind(outcome.tuned()));
    assertThat(outcome.chat()).hasSize(3).isEqualTo(again.chat());
    checkFiles(folder.resolve("a"));
    for (String file :
        List.of(
            "corpus.txt",
            "conversations.jsonl",
            "held-out.jsonl",
            "base/model.safetensors",
            "adapter/adapter_model.safetensors",
            "merged/model.safetensors",
            "blank/tokenizer.json")) {
      assertThat(folder.resolve("a").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("b").resolve(file));
    }
  }

  private static void checkFiles(Path folder) throws IOException {
    for (String file :
        List.of(
            "held-out.yaml",
            "blank/config.json",
            "base/log.jsonl",
            "base/chat_template.jinja",
            "adapter/adapter_config.json",
            "adapter/tokenizer.json",
            "merged/config.json",
            "merged/tokenizer.json",
            "merged/chat_template.jinja")) {
      assertThat(folder.resolve(file)).isNotEmptyFile();
    }
    // llama.cpp has a name for how its tokenizer cuts text.
    Path gguf = folder.resolve("merged.gguf");
    GgufExport.write(folder.resolve("merged"), gguf, "merged", GgufType.F16);
    assertThat(gguf).isNotEmptyFile();
    String report = Files.readString(folder.resolve("report.html"));
    assertThat(report).contains("<svg").contains("--seed 5");
    // Nothing is fetched: no script, and no attribute or rule that names another place.
    assertThat(report)
        .doesNotContainIgnoringCase("<script")
        .doesNotContainIgnoringCase("<link")
        .doesNotContainIgnoringCase("@import")
        .doesNotContainPattern(
            Pattern.compile("(?i)(src|href)\\s*=\\s*[\"']?(https?:|//|file:|\\.\\./)"))
        .doesNotContainPattern(Pattern.compile("(?i)url\\(\\s*[\"']?(https?:|//)"));
  }
}
