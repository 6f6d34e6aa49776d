package dev.sifter.tests.optim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.tests.Goldens;
import dev.sifter.train.optim.LearningRateSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Learning rates of every schedule against tables of transformers. */
class ScheduleGoldensTest {
  /** Both sides compute in double; a cosine near 0 cancels to a few units of 1e-16 of the peak. */
  private static final double TOLERANCE = 1e-12;

  @TestFactory
  List<DynamicTest> everyTable() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode table :
        Json.readObject(Goldens.golden("train/units/schedules.json")).get("tables")) {
      String name = "%d %s".formatted(tests.size(), label(table));
      tests.add(DynamicTest.dynamicTest(name, () -> check(table)));
    }
    return tests;
  }

  private static String label(JsonNode table) {
    return "%s %s warmup %s of %s"
        .formatted(
            table.get("type").asText(),
            table.get("kwargs"),
            table.path("warmup"),
            table.path("total"));
  }

  private static void check(JsonNode table) {
    double peak = table.get("lr").asDouble();
    Map<String, Object> options =
        Json.mapper().convertValue(table.get("kwargs"), new TypeReference<>() {});
    LearningRateSchedule schedule =
        LearningRateSchedule.of(
            table.get("type").asText(),
            peak,
            table.path("warmup").asDouble(0),
            table.path("total").asLong(0),
            options);
    JsonNode metrics = table.path("metrics");
    JsonNode expected = table.get(metrics.isArray() ? "lr_after_each_metric" : "values");
    assertThat(expected).isNotEmpty();
    for (int step = 0; step < expected.size(); step++) {
      if (metrics.isArray()) {
        schedule.observe(metrics.get(step).asDouble());
      }
      double want = expected.get(step).asDouble();
      double allowed = Math.max(TOLERANCE * Math.abs(want), 1e-15 * peak);
      assertThat(Math.abs(schedule.rate(step) - want))
          .as("step %d: %s instead of %s", step, schedule.rate(step), want)
          .isLessThanOrEqualTo(allowed);
    }
  }
}
