package dev.sifter.tests.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.Json;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.GenerationConfigReader;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.tests.Goldens;
import dev.sifter.tests.TestBackends;
import dev.sifter.train.eval.AnswerCache;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.task.EvalSample;
import dev.sifter.train.eval.task.EvalTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Answers under a model's own settings and a task's: what generate of transformers 5.18.0 gave with
 * the first in generation_config and the second as arguments, as the harness calls it. The smallest
 * margin is 0.007.
 */
class ModelSettingsTest {
  private static final List<String> PLAIN =
      List.of(
          "Daddy,\" replied Peppa.\n\"It'",
          "Daddy,\" replied Peppa.\n\"It'",
          "Daddy, what is that your queen?\" \n\"",
          "Daddy, what is that your owners is a re");

  private static final String PENALISED = "\"I'm sorry, I did not know where you want to g";
  private static final String LESS_PENALISED = "\"I'm sorry, I didn't know why you can";

  @TempDir private Path folder;

  /** The answers to the first four questions, at most 24 tokens each. */
  private List<String> answers(String ofModel, String ofTask) throws IOException {
    List<String> records =
        Files.readAllLines(Goldens.golden("eval/data/arith.jsonl")).subList(0, PLAIN.size());
    Files.write(folder.resolve("questions.jsonl"), records);
    Path yaml = folder.resolve("task.yaml");
    Files.writeString(
        yaml,
        """
        task: questions
        dataset_path: json
        dataset_kwargs:
          data_files:
            test: questions.jsonl
        output_type: generate_until
        test_split: test
        doc_to_text: "Question: {{question}}\\nAnswer:"
        doc_to_target: "{{answer}}"
        target_delimiter: ""
        generation_kwargs: {until: ["Question:"], do_sample: false, max_gen_toks: 24%s}
        metric_list:
          - metric: exact_match
        """
            .formatted(ofTask));
    Path base = Goldens.golden("train/base");
    ObjectNode settings = (ObjectNode) Json.mapper().readTree(ofModel);
    GenerationConfig generation =
        GenerationConfigReader.over(GenerationConfigReader.read(base), settings);
    try (Backend backend = TestBackends.open(TestBackends.fastest());
        Decoder model = ModelFolder.load(base, backend);
        AnswerCache cache = AnswerCache.open(folder.resolve("cache.jsonl"))) {
      List<EvalSample> samples =
          new Evaluator(
                  model, Tokenizer.load(base), null, EvalOptions.DEFAULT.withGeneration(generation))
              .withCache(cache, "the same model")
              .evaluate(List.of(EvalTask.load(yaml)), ProgressListener.SILENT)
              .tasks()
              .getFirst()
              .samples();
      return samples.stream().map(sample -> (String) sample.filtered().getFirst()).toList();
    }
  }

  @Test
  void aModelsPenaltyActsInGreedyAnswers() throws IOException {
    assertThat(answers("{}", "")).isEqualTo(PLAIN);
    // Kept answers are not those of other settings.
    assertThat(answers("{\"repetition_penalty\": 1.3}", "")).hasSize(4).containsOnly(PENALISED);
    assertThat(answers("{}", "")).isEqualTo(PLAIN);
  }

  @Test
  void theTasksValuesWinKeyByKey() throws IOException {
    assertThat(answers("{\"repetition_penalty\": 1.3}", ", repetition_penalty: 1.0"))
        .isEqualTo(PLAIN);
    String both = "{\"repetition_penalty\": 1.3, \"no_repeat_ngram_size\": 2}";
    assertThat(answers(both, ", repetition_penalty: 1.1")).hasSize(4).containsOnly(LESS_PENALISED);
  }

  @Test
  void samplingAndLengthAreTheTasks() throws IOException {
    String sampling =
        "{\"do_sample\": true, \"temperature\": 0.7, \"max_new_tokens\": 2, \"max_length\": 8}";
    assertThat(answers(sampling, "")).isEqualTo(PLAIN);
    assertThat(answers(sampling, ", temperature: 0.0")).isEqualTo(PLAIN);
  }
}
