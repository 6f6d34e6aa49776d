package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.backend.Segments;
import dev.sifter.model.Json;
import dev.sifter.tests.Goldens;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Micro-batches against what the tests of torchtune expect of its collators. */
class PublishedCollationTest {
  @TestFactory
  List<DynamicTest> everyExpectation() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String line :
        Files.readAllLines(
            Goldens.golden("others/sft-behaviour/torchtune_test_expectations.jsonl"))) {
      JsonNode golden = Json.mapper().readTree(line);
      JsonNode call = golden.at("/actual/$call");
      String function = call.path("fn").asText();
      JsonNode field = golden.at("/actual/path/0");
      String name = "%d %s %s".formatted(tests.size(), function, golden.at("/actual/path"));
      if (function.equals("padded_collate_packed")) {
        tests.add(DynamicTest.dynamicTest(name, () -> checkPacked(call, field, golden)));
      } else if (function.equals("padded_collate_sft") && field.asText().equals("tokens")) {
        tests.add(DynamicTest.dynamicTest(name, () -> checkPadded(call, golden)));
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(6);
    return tests;
  }

  private static List<Example> examples(JsonNode call) {
    List<Example> rows = new ArrayList<>();
    for (JsonNode row : call.at("/kwargs/batch")) {
      int[] ids = GoldenRows.ints(row.get("tokens"));
      int[] labels = GoldenRows.ints(row.get("labels"));
      rows.add(
          row.has("seq_lens")
              ? new Example(ids, labels, GoldenRows.ints(row.get("seq_lens")))
              : Example.of(ids, labels));
    }
    return rows;
  }

  private static void checkPadded(JsonNode call, JsonNode golden) {
    List<Example> rows = examples(call);
    int multiple = call.at("/kwargs/pad_to_multiple_of").asInt(1);
    JsonNode expected = golden.get("expected");
    JsonNode row = expected.get(0).isArray() ? expected.get(0) : expected;

    assertThat(MicroBatch.padded(rows, multiple).computedTokens())
        .isEqualTo(row.size() * rows.size());
  }

  private static void checkPacked(JsonNode call, JsonNode field, JsonNode golden) {
    List<Example> rows = examples(call);
    for (int r = 0; r < rows.size(); r++) {
      MicroBatch batch = MicroBatch.paddingFree(List.of(rows.get(r)));
      JsonNode expected = golden.get("expected").get(r);
      switch (field.asText()) {
        case "tokens" ->
            assertThat(batch.tokens().ids()).containsExactly(GoldenRows.ints(expected));
        case "input_pos" ->
            assertThat(batch.tokens().positions()).containsExactly(GoldenRows.ints(expected));
        case "labels" -> checkTargets(batch, GoldenRows.ints(expected));
        case "mask" -> checkMask(batch.tokens().segments(), expected);
        default -> throw new IllegalStateException("no check of " + field);
      }
    }
  }

  /** torchtune's labels are those of the same position, as TRL's; each is predicted from before. */
  private static void checkTargets(MicroBatch batch, int[] labels) {
    for (int i = 0; i < batch.targets().length; i++) {
      assertThat(batch.targets()[i]).isEqualTo(labels[batch.labelRows()[i] + 1]);
    }
    int documents = batch.tokens().segments().count();
    assertThat(batch.targets()).hasSize(labels.length - documents);
  }

  private static void checkMask(Segments segments, JsonNode mask) {
    for (int document = 0; document < segments.count(); document++) {
      int start = segments.queryStart(document);
      int end = start + segments.queryLength(document);
      for (int i = start; i < end; i++) {
        for (int j = 0; j < mask.size(); j++) {
          boolean sees = j >= start && j <= i;
          assertThat(mask.get(i).get(j).asInt())
              .as("row %d, column %d", i, j)
              .isEqualTo(sees ? 1 : 0);
        }
      }
    }
  }
}
