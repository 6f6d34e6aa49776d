package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.train.eval.metric.Aggregation;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.metric.Rouge;
import dev.sifter.train.eval.metric.StandardError;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Metrics of random texts and labels against sacrebleu, rouge_score, scikit-learn and the harness's
 * own standard errors; {@code make_metrics.py} beside the fixture made it.
 */
class MetricGoldensTest {
  /**
   * Counts are integers and the order of sums is the same, so that only exp, log and √ may differ
   * in their last bit.
   */
  private static final Offset<Double> ROUNDING = within(1e-11);

  private static JsonNode goldens;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = MetricGoldensTest.class.getResourceAsStream("metric/metrics.json")) {
      goldens = Json.mapper().readTree(in);
    }
  }

  private static ItemValue texts(JsonNode item) {
    List<String> references = new ArrayList<>();
    if (item.get(0).isArray()) {
      item.get(0).forEach(reference -> references.add(reference.asText()));
    } else {
      references.add(item.get(0).asText());
    }
    return new ItemValue.Texts(references, item.get(1).asText());
  }

  @Test
  void textMetricsAgreeWithSacrebleu() {
    for (JsonNode corpus : goldens.get("texts")) {
      List<ItemValue> items = new ArrayList<>();
      corpus.get("items").forEach(item -> items.add(texts(item)));
      for (String key : List.of("bleu", "chrf", "chrf++", "ter")) {
        JsonNode expected = corpus.get("expected").get(key);
        String what = corpus.get("name").asText() + " " + key;
        Aggregation aggregation = Aggregation.of(key);
        for (int i = 0; i < items.size(); i++) {
          assertThat(aggregation.of(List.of(items.get(i))))
              .as("%s of item %d", what, i)
              .isCloseTo(expected.get("each").get(i).asDouble(), ROUNDING);
        }
        assertThat(aggregation.of(items))
            .as(what)
            .isCloseTo(expected.get("value").asDouble(), ROUNDING);
        assertThat(StandardError.of(aggregation, items, 2500).orElseThrow())
            .as("stderr of " + what)
            .isCloseTo(expected.get("stderr").asDouble(), ROUNDING);
      }
    }
  }

  @Test
  void rougeAgreesWithRougeScore() {
    for (JsonNode item : goldens.get("rouge")) {
      String reference = item.get("reference").asText();
      String prediction = item.get("prediction").asText();
      assertThat(Rouge.ROUGE1.score(prediction, reference))
          .isEqualTo(item.get("rouge1").asDouble());
      assertThat(Rouge.ROUGE2.score(prediction, reference))
          .isEqualTo(item.get("rouge2").asDouble());
      assertThat(Rouge.ROUGE_L.score(prediction, reference))
          .isEqualTo(item.get("rougeL").asDouble());
    }
  }

  @Test
  void labelMetricsAgreeWithScikitLearn() {
    for (JsonNode entry : goldens.get("labels")) {
      List<ItemValue> items = new ArrayList<>();
      entry
          .get("items")
          .forEach(
              item -> items.add(new ItemValue.Labels(item.get(0).asInt(), item.get(1).asInt())));
      checkLabels(entry, "mcc", Aggregation.MATTHEWS_CORRCOEF, items);
      checkLabels(entry, "f1", Aggregation.F1, items);
    }
  }

  private static void checkLabels(
      JsonNode entry, String metric, Aggregation aggregation, List<ItemValue> items) {
    if (entry.has(metric)) {
      assertThat(aggregation.of(items)).as(metric).isEqualTo(entry.get(metric).asDouble());
    }
    if (entry.has(metric + "_stderr")) {
      assertThat(StandardError.of(aggregation, items, 1200).orElseThrow())
          .as("stderr of " + metric)
          .isEqualTo(entry.get(metric + "_stderr").asDouble());
    }
  }

  @Test
  void brierScoreAgreesWithNumpy() {
    for (JsonNode entry : goldens.get("brier")) {
      List<ItemValue> items = new ArrayList<>();
      for (int i = 0; i < entry.get("gold").size(); i++) {
        items.add(distribution(entry.get("gold").get(i).asInt(), entry.get("lls").get(i)));
      }
      assertThat(Aggregation.BRIER_SCORE.of(items))
          .isCloseTo(entry.get("value").asDouble(), ROUNDING);
      assertThat(StandardError.of(Aggregation.BRIER_SCORE, items, 100)).isEmpty();
    }
  }

  private static ItemValue distribution(int gold, JsonNode logLikelihoods) {
    double sum = 0;
    for (JsonNode value : logLikelihoods) {
      sum += Math.exp(value.asDouble());
    }
    List<Double> probabilities = new ArrayList<>();
    for (JsonNode value : logLikelihoods) {
      probabilities.add(Math.exp(value.asDouble()) / sum);
    }
    return new ItemValue.Distribution(gold, probabilities);
  }

  @Test
  void f1IsOfTwoChoices() {
    assertThatThrownBy(() -> Aggregation.F1.of(List.of(new ItemValue.Labels(2, 0))))
        .hasMessageContaining("two choices");
  }
}
