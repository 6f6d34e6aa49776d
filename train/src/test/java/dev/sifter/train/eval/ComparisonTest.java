package dev.sifter.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Hashes;
import dev.sifter.train.eval.TaskResult.Figure;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.task.EvalSample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static EvalResult result(TaskResult... tasks) {
    return new EvalResult(
        List.of(tasks), JsonNodeFactory.instance.objectNode(), Duration.ofSeconds(1));
  }

  /** A task with one item for each character: 1 is right, 0 wrong. */
  private static TaskResult task(String name, String outcomes) {
    List<EvalSample> samples = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < outcomes.length(); i++) {
      double value = outcomes.charAt(i) - '0';
      sum += value;
      ObjectNode doc = JsonNodeFactory.instance.objectNode().put("i", i);
      samples.add(
          new EvalSample(
              i,
              doc,
              0,
              List.of(List.of("q", "a")),
              List.of(List.of(new LogLikelihood(-1.5, true))),
              List.of(new LogLikelihood(-1.5, true)),
              "none",
              Map.of("acc", ItemValue.of(value))));
    }
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("output_type", "multiple_choice");
    return new TaskResult(
        name,
        name,
        "1.0",
        Map.of("acc,none", new Figure(sum / outcomes.length(), OptionalDouble.of(0.125))),
        Map.of("acc", true),
        outcomes.length(),
        outcomes.length(),
        0,
        List.of(),
        samples,
        config);
  }

  @Test
  void countsGainsAndLosses() {
    Comparison comparison =
        Comparison.of(
            result(task("a", "0000000000"), task("b", "1010101010")),
            result(task("a", "1111111110"), task("b", "0101101010")));
    Comparison.Row first = comparison.rows().getFirst();
    assertThat(first.difference()).isCloseTo(0.9, within(1e-15));
    assertThat(first.gained()).hasValue(9);
    assertThat(first.lost()).hasValue(0);
    assertThat(first.p()).isCloseTo(2 / 512.0, within(1e-15));
    assertThat(first.adjustedP()).isCloseTo(4 / 512.0, within(1e-15));
    assertThat(first.low()).isGreaterThan(0.5);
    assertThat(first.isBetter()).isTrue();
    Comparison.Row second = comparison.rows().getLast();
    assertThat(second.gained()).hasValue(2);
    assertThat(second.lost()).hasValue(2);
    assertThat(second.p()).isEqualTo(1);
    assertThat(second.low()).isLessThan(0);
    assertThat(comparison.json().path("comparison").path(0).path("gained").asInt()).isEqualTo(9);
  }

  private static TaskResult group(boolean weightBySize, String... members) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config
        .putArray("aggregate_metric_list")
        .addObject()
        .put("metric", "acc")
        .put("weight_by_size", weightBySize);
    return new TaskResult(
        "all",
        "all",
        "0",
        Map.of("acc,none", new Figure(0.5, OptionalDouble.empty())),
        Map.of("acc", true),
        6,
        6,
        0,
        List.of(members),
        List.of(),
        config);
  }

  /** Six items of two tasks, of which two are gained and one is lost. */
  @Test
  void aGroupIsTheItemsOfItsTasks() {
    Comparison comparison =
        Comparison.of(
            result(task("a", "1100"), task("b", "01"), group(true, "a", "b")),
            result(task("a", "0111"), task("b", "01"), group(true, "a", "b")));
    assertThat(comparison.rows()).hasSize(3);
    Comparison.Row row = comparison.rows().getLast();
    assertThat(row.isGroup()).isTrue();
    assertThat(row.items()).isEqualTo(6);
    assertThat(row.difference()).isCloseTo(1.0 / 6, within(1e-15));
    assertThat(row.gained()).hasValue(2);
    assertThat(row.lost()).hasValue(1);
    assertThat(row.adjustedP()).isEqualTo(row.p());
    assertThat(
            Comparison.of(
                    result(task("a", "1100"), group(false, "a")),
                    result(task("a", "0111"), group(false, "a")))
                .rows())
        .hasSize(1);
  }

  @Test
  void oneAggregateNeedsNoList() {
    TaskResult all = group(true, "a");
    ObjectNode aggregate = (ObjectNode) all.config().path("aggregate_metric_list").path(0);
    all.config().set("aggregate_metric_list", aggregate);
    assertThat(Comparison.of(result(task("a", "10"), all), result(task("a", "11"), all)).rows())
        .extracting(Comparison.Row::isGroup)
        .containsExactly(false, true);
  }

  /** The mean of all items says nothing of a mean of medians. */
  @Test
  void onlyMeansArePooled() {
    TaskResult medians = task("a", "1100");
    medians
        .config()
        .putArray("metric_list")
        .addObject()
        .put("metric", "acc")
        .put("aggregation", "median");
    EvalResult result = result(medians, group(true, "a"));
    assertThat(Comparison.of(result, result).rows()).hasSize(1);
  }

  @Test
  void refusesOtherRecords() {
    assertThatThrownBy(() -> Comparison.of(result(task("a", "01")), result(task("a", "011"))))
        .hasMessageContaining("not of the same records (2 and 3)");
    assertThatThrownBy(() -> Comparison.of(result(task("a", "01")), result(task("b", "01"))))
        .hasMessageContaining("no task in common");
  }

  @Test
  void printsTheHarnessTable() {
    assertThat(ResultTable.markdown(result(task("arith", "0111"))))
        .isEqualTo(
            """
            |Tasks|Version|Filter|n-shot|Metric|   |Value |   |Stderr|
            |-----|------:|------|-----:|------|---|-----:|---|-----:|
            |arith|      1|none  |     0|acc   |↑  |0.7500|±  |0.1250|
            """);
  }

  @Test
  void printsBaseBesideTuned() {
    String table =
        ResultTable.markdown(
            Comparison.of(result(task("a", "000000")), result(task("a", "111111"))));
    assertThat(table)
        .contains("|a    |acc   |↑  |  6|0.0000|1.0000|   +1.0000|[+1.0000, +1.0000]|")
        .contains("|    +6|   0|")
        .contains("0.0312");
  }

  @Test
  void writesTheHarnessFiles() {
    EvalResult result = result(task("a", "01"));
    ObjectNode json = ResultFiles.json(result);
    assertThat(json.path("results").path("a").path("acc,none").asDouble()).isEqualTo(0.5);
    assertThat(json.path("results").path("a").path("acc_stderr,none").asDouble()).isEqualTo(0.125);
    ObjectNode sample =
        ResultFiles.json(result.tasks().getFirst(), result.tasks().getFirst().samples().getLast());
    assertThat(sample.path("acc").asDouble()).isEqualTo(1);
    assertThat(sample.path("resps").toString()).isEqualTo("[[[\"-1.5\",\"True\"]]]");
    assertThat(sample.at("/arguments/gen_args_0/arg_0").asText())
        .isEqualTo(result.tasks().getFirst().samples().getLast().arguments().getFirst().getFirst());
    // sha256 of '{\n  "i": 1\n}', Python's json.dumps(doc, indent=2).
    assertThat(sample.path("doc_hash").asText()).isEqualTo(Hashes.sha256("{\n  \"i\": 1\n}"));
    ObjectNode first =
        ResultFiles.json(result.tasks().getFirst(), result.tasks().getFirst().samples().getFirst());
    String hashes = "";
    for (ObjectNode one : List.of(first, sample)) {
      for (String part : List.of("doc_hash", "prompt_hash", "target_hash")) {
        hashes += one.path(part).asText();
      }
    }
    assertThat(json.at("/task_hashes/a").asText()).isEqualTo(Hashes.sha256(hashes));
  }
}
