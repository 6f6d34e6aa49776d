package dev.sifter.tests.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sifter.engine.backend.Backend;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.ResultFiles;
import dev.sifter.train.eval.ResultTable;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.EvalTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What evaluation promises beyond the harness's figures. */
class EvaluatorTest {
  /** The harness itself differs by up to 6e-5 between batch sizes 1 and 8. */
  private static final double BATCH_EFFECT = 1e-4;

  private static EvalResult evaluate(EvalOptions options, String... tasks) {
    List<EvalTask> loaded = new ArrayList<>();
    for (String task : tasks) {
      loaded.add(EvalTask.load(Goldens.golden("eval/tasks/" + task + ".yaml")));
    }
    Path folder = Goldens.golden("train/base");
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        Decoder model = ModelFolder.load(folder, backend)) {
      EvalResult result =
          new Evaluator(model, Tokenizer.load(folder), null, options)
              .evaluate(loaded, ProgressListener.SILENT);
      assertThat(backend.ledger().bytes("evaluate")).isZero();
      assertThat(backend.ledger().bytes("kv_cache")).isZero();
      return result;
    }
  }

  @Test
  void logLikelihoodsDoNotDependOnTheBatches() {
    EvalOptions options = EvalOptions.DEFAULT.withLimit(6);
    EvalResult together = evaluate(options, "g_arc_easy_2shot_first", "g_winogrande");
    EvalResult alone =
        evaluate(options.withMaxBatchTokens(1), "g_arc_easy_2shot_first", "g_winogrande");
    for (int t = 0; t < together.tasks().size(); t++) {
      List<EvalSample> samples = together.tasks().get(t).samples();
      for (int i = 0; i < samples.size(); i++) {
        List<Object> answers = samples.get(i).filtered();
        List<Object> others = alone.tasks().get(t).samples().get(i).filtered();
        for (int a = 0; a < answers.size(); a++) {
          LogLikelihood answer = (LogLikelihood) answers.get(a);
          LogLikelihood other = (LogLikelihood) others.get(a);
          assertThat(answer.value()).isCloseTo(other.value(), within(BATCH_EFFECT));
          assertThat(answer.isGreedy()).isEqualTo(other.isGreedy());
        }
      }
    }
  }

  @Test
  void aModelDoesNotDifferFromItself(@TempDir Path folder) throws IOException {
    EvalOptions options = EvalOptions.DEFAULT.withLimit(5).withNumFewshot(0);
    EvalResult result = evaluate(options, "g_mmlu", "g_text");
    Comparison comparison = Comparison.of(result, result);
    assertThat(comparison.rows()).hasSize(6);
    assertThat(comparison.rows())
        .allSatisfy(
            row -> {
              assertThat(row.difference()).isZero();
              assertThat(row.p()).isEqualTo(1);
            });
    ResultFiles.write(folder, result);
    assertThat(Files.readAllLines(folder.resolve("samples_g_mmlu_anatomy.jsonl"))).hasSize(5);
    assertThat(folder.resolve("results.json")).isNotEmptyFile();
    assertThat(ResultTable.markdown(result).lines().map(line -> line.split("\\|")[1].strip()))
        .containsSubsequence(
            "g_mmlu", "- g_mmlu_anatomy", "- g_mmlu_high_school_geography", "g_text");
  }

  @Test
  void refusesOptionsThatCannotHold() {
    Goldens.golden("eval/tasks");
    assertThatThrownBy(() -> evaluate(EvalOptions.DEFAULT.withChat("", true), "g_arc_easy"))
        .hasMessageContaining("fewshot_as_multiturn needs a chat template");
    assertThatThrownBy(
            () -> evaluate(EvalOptions.DEFAULT.withNumFewshot(13), "g_arc_easy_2shot_first"))
        .hasMessageContaining("num_fewshot is 13, but there are only 12 records");
  }
}
