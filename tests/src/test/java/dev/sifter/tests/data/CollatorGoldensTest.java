package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.tests.Goldens;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.MicroBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Micro-batches against TRL's collator. Sifter's have no padding, so the collator's output is
 * compared token by token where it is not padding, and by its extents.
 */
class CollatorGoldensTest {
  @TestFactory
  List<DynamicTest> everyCase() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : Goldens.everyGolden("data/collator.json")) {
      for (JsonNode golden : Json.readObject(file).get("cases")) {
        String name = golden.get("set").asText() + " " + golden.get("options");
        tests.add(DynamicTest.dynamicTest(name, () -> check(golden)));
      }
    }
    return tests;
  }

  private static void check(JsonNode golden) {
    List<Example> rows = new ArrayList<>();
    golden.get("examples").forEach(row -> rows.add(GoldenRows.example(row)));
    JsonNode options = golden.get("options");
    int multiple = options.path("pad_to_multiple_of").asInt(1);
    boolean paddingFree = options.path("padding_free").asBoolean();
    checkBatch(rows, paddingFree, multiple, golden.get("output"));
  }

  /** Compares the micro-batch of some rows with what the collator made of them. */
  static void checkBatch(List<Example> rows, boolean paddingFree, int multiple, JsonNode output) {
    MicroBatch batch =
        paddingFree ? MicroBatch.paddingFree(rows, multiple) : MicroBatch.padded(rows, multiple);
    assertThat(batch.examples()).isEqualTo(rows.size());
    assertThat(batch.computedTokens()).isEqualTo(elements(output.get("input_ids")));
    if (paddingFree) {
      assertThat(batch.numTokens()).isEqualTo(elements(output.get("input_ids")));
      checkFlatRow(batch, rows, output);
    } else {
      checkPaddedRows(batch, rows, output);
    }
  }

  private static int elements(JsonNode matrix) {
    int count = 0;
    for (JsonNode row : matrix) {
      count += row.size();
    }
    return count;
  }

  private static void checkFlatRow(MicroBatch batch, List<Example> rows, JsonNode output) {
    int length = rows.stream().mapToInt(Example::length).sum();
    int[] ids = GoldenRows.ints(output.get("input_ids").get(0));
    int[] positions = GoldenRows.ints(output.get("position_ids").get(0));
    int[] labels = GoldenRows.ints(output.get("labels").get(0));
    assertThat(batch.tokens().ids()).containsExactly(Arrays.copyOf(ids, length));
    assertThat(batch.tokens().positions()).containsExactly(Arrays.copyOf(positions, length));
    List<Integer> labelRows = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    for (int t = 1; t < labels.length; t++) {
      if (labels[t] != Example.IGNORED) {
        labelRows.add(t - 1);
        targets.add(labels[t]);
      }
    }
    assertThat(GoldenRows.list(batch.labelRows())).isEqualTo(labelRows);
    assertThat(GoldenRows.list(batch.targets())).isEqualTo(targets);
  }

  private static void checkPaddedRows(MicroBatch batch, List<Example> rows, JsonNode output) {
    List<Integer> ids = new ArrayList<>();
    List<Integer> labelRows = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    int start = 0;
    for (int r = 0; r < rows.size(); r++) {
      int[] padded = GoldenRows.ints(output.get("input_ids").get(r));
      int[] labels = GoldenRows.ints(output.get("labels").get(r));
      int length = rows.get(r).length();
      int documentEnd = 0;
      int document = 0;
      for (int t = 0; t < padded.length; t++) {
        if (t >= length) {
          assertThat(labels[t]).isEqualTo(Example.IGNORED);
          continue;
        }
        ids.add(padded[t]);
        boolean first = t == documentEnd;
        if (first) {
          documentEnd += rows.get(r).documentLengths()[document++];
        }
        // The collator leaves a document's first label in padded rows; TRL never packs those.
        if (!first && labels[t] != Example.IGNORED) {
          labelRows.add(start + t - 1);
          targets.add(labels[t]);
        }
      }
      start += length;
    }
    assertThat(GoldenRows.list(batch.tokens().ids())).isEqualTo(ids);
    assertThat(GoldenRows.list(batch.labelRows())).isEqualTo(labelRows);
    assertThat(GoldenRows.list(batch.targets())).isEqualTo(targets);
    assertThat(batch.numTokens()).isEqualTo(start);
    if (output.has("attention_mask")) {
      int ones = 0;
      for (JsonNode row : output.get("attention_mask")) {
        for (JsonNode bit : row) {
          ones += bit.asInt();
        }
      }
      assertThat(batch.numTokens()).isEqualTo(ones);
    }
    if (output.has("position_ids")) {
      List<Integer> positions = new ArrayList<>();
      for (int r = 0; r < rows.size(); r++) {
        for (int t = 0; t < rows.get(r).length(); t++) {
          positions.add(output.get("position_ids").get(r).get(t).asInt());
        }
      }
      assertThat(GoldenRows.list(batch.tokens().positions())).isEqualTo(positions);
    }
  }
}
