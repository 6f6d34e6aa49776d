package dev.sifter.train.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BestMetricTest {
  private static final Map<String, Boolean> DIRECTIONS =
      Map.of("eval_loss", false, "eval_acc", true);

  private static TrainingArguments arguments() {
    TrainingArguments arguments = new TrainingArguments();
    arguments.earlyStoppingPatience = 2;
    return arguments;
  }

  /**
   * The best step and the counter after each evaluation, and the first that ends the run, as
   * transformers 5.18.0 has them: {@code EarlyStoppingCallback}, then {@code
   * Trainer._determine_best_metric}, over random figures.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "false; 0.0; 2; 1.375 1.625 0.875 2.0 2.375 1.0 0.75 0.75 0.5 2.0 2.625 1.625;"
            + "1 1 3 3 3 3 7 7 9 9 9 9; 0 1 0 1 2 3 0 1 0 1 2 3; 5",
        "false; 0.25; 3; 0.625 1.375 2.5 2.625 1.875 1.5 1.125 0.875 1.5 1.25 0.5 1.5;"
            + "1 1 1 1 1 1 1 1 1 1 11 11; 0 1 2 3 4 5 6 7 8 9 10 11; 4",
        "true; 0.0; 1; 1.5 1.25 1.125 1.625 1.625 1.875 0.75 2.875 1.75 2.0 2.5 1.375;"
            + "1 1 1 4 4 6 6 8 8 8 8 8; 0 1 2 0 1 0 1 0 1 2 3 4; 2",
        "true; 0.25; 3; 1.125 1.375 2.375 1.5 0.75 2.625 1.625 0.5 1.625 2.75 1.625 2.5;"
            + "1 2 3 3 3 6 6 6 6 10 10 10; 0 1 0 1 2 3 4 5 6 7 8 9; 6",
        "false; 0.3; 5; 1.25 2.125 2.125 2.875 1.625 2.125 2.25 1.125 1.375 1.625 1.5 0.625;"
            + "1 1 1 1 1 1 1 8 8 8 8 12; 0 1 2 3 4 5 6 7 8 9 10 0; 6"
      })
  void followsTransformers(
      boolean greater,
      double threshold,
      int patience,
      String figures,
      String best,
      String counters,
      int end) {
    TrainingArguments arguments = arguments();
    arguments.metricForBestModel = greater ? "acc" : "eval_loss";
    arguments.earlyStoppingPatience = patience;
    arguments.earlyStoppingThreshold = threshold;
    BestMetric metric = new BestMetric(arguments, DIRECTIONS);
    double[] values = Arrays.stream(figures.split(" ")).mapToDouble(Double::parseDouble).toArray();
    int ended = 0;
    for (int step = 1; step <= values.length; step++) {
      double other = greater ? -values[step - 1] : values[step - 1] + 3;
      boolean isBest =
          metric.observe(
              step,
              Map.of(arguments.resolvedMetricForBestModel(), values[step - 1], "eval_x", other));
      long bestStep = Long.parseLong(best.split(" ")[step - 1]);
      assertThat(metric.state().step()).as("best after %d", step).isEqualTo(bestStep);
      assertThat(isBest).isEqualTo(bestStep == step);
      assertThat(metric.state().value()).isEqualTo(values[(int) bestStep - 1]);
      assertThat(metric.state().withoutImprovement())
          .as("counter after %d", step)
          .isEqualTo(Integer.parseInt(counters.split(" ")[step - 1]));
      ended = ended == 0 && metric.reasonToStop() != null ? step : ended;
    }
    assertThat(ended).isEqualTo(end);
  }

  @Test
  void theCheckpointIsThatOfTheBestStepThatHasOne() {
    BestMetric metric = new BestMetric(arguments(), DIRECTIONS);
    metric.observe(4, Map.of("eval_loss", 2.0));
    metric.saved(4);
    metric.observe(6, Map.of("eval_loss", 1.0));
    metric.saved(8);
    assertThat(metric.state()).isEqualTo(new BestMetric.State(1, 6, 4, 0));
    metric.observe(8, Map.of("eval_acc", 1.0));
    assertThat(metric.state()).as("of another figure").isEqualTo(new BestMetric.State(1, 6, 4, 0));
  }

  /** What is no number is better than nothing to nobody; neither is it to transformers. */
  @Test
  void noNumberIsNeverTheBest() {
    BestMetric metric = new BestMetric(arguments(), DIRECTIONS);
    assertThat(metric.observe(1, Map.of("eval_loss", Double.NaN))).isFalse();
    assertThat(metric.state()).isEqualTo(new BestMetric.State(Double.NaN, 0, 0, 1));
    assertThat(metric.observe(2, Map.of("eval_loss", 3.0))).isTrue();
    assertThat(metric.observe(3, Map.of("eval_loss", Double.NaN))).isFalse();
    assertThat(metric.state()).isEqualTo(new BestMetric.State(3, 2, 0, 1));
  }

  @Test
  void aMetricThatNoEvaluationGivesIsRefusedWhereSomethingDependsOnIt() {
    TrainingArguments arguments = arguments();
    arguments.metricForBestModel = "f1";
    BestMetric metric = new BestMetric(arguments, DIRECTIONS);
    assertThatThrownBy(metric::requireMetric)
        .hasMessage("metric_for_best_model is eval_f1; evaluations give eval_acc, eval_loss");
    metric.add(Map.of("eval_f1", true));
    metric.requireMetric();
  }
}
