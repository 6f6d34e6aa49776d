package dev.sifter.tests.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.Json;
import dev.sifter.tests.Goldens;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.Packing;
import dev.sifter.train.data.PackingStrategy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Packed rows against TRL's {@code pack_dataset}. */
class PackingGoldensTest {
  @TestFactory
  List<DynamicTest> everyCase() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : Goldens.everyGolden("data/packing.json")) {
      for (JsonNode golden : Json.readObject(file).get("cases")) {
        String name = golden.get("name").asText() + " " + golden.get("strategy").asText();
        tests.add(DynamicTest.dynamicTest(name, () -> check(golden)));
      }
    }
    return tests;
  }

  private static void check(JsonNode golden) {
    List<Example> packed =
        Packing.pack(
            examples(golden.get("lengths")),
            golden.get("seq_length").asInt(),
            PackingStrategy.of(golden.get("strategy").asText()));
    boolean keepsDocuments = !golden.get("strategy").asText().equals("wrapped");
    if (golden.has("packed")) {
      JsonNode expected = golden.get("packed");
      assertRows(packed, expected.get("input_ids"), Example::inputIds);
      assertRows(packed, expected.get("labels"), Example::labels);
      if (keepsDocuments) {
        assertRows(packed, expected.get("seq_lengths"), Example::documentLengths);
      }
    } else {
      List<List<List<Integer>>> rows = packed.stream().map(row -> runs(row.inputIds())).toList();
      List<List<List<Integer>>> expected = runLists(golden.get("rows"));
      int agreeing = keepsDocuments ? expected.size() : rowsBeforeRepetition(expected);
      assertThat(rows).hasSameSizeAs(expected);
      assertThat(rows.subList(0, agreeing)).isEqualTo(expected.subList(0, agreeing));
      if (!keepsDocuments) {
        assertThat(packed.stream().flatMapToInt(row -> Arrays.stream(row.inputIds())).toArray())
            .as("every token once, in order")
            .isEqualTo(IntStream.range(0, tokens(golden)).toArray());
      }
      if (keepsDocuments) {
        assertRows(packed, golden.get("seq_lengths"), Example::documentLengths);
      }
    }
  }

  /**
   * From the second thousand of examples on, TRL's wrapped packing reads the tokens of the first
   * thousand again and never those that follow: a slice that it forgets. Sifter goes on instead.
   */
  private static int rowsBeforeRepetition(List<List<List<Integer>>> rows) {
    for (int i = 1; i < rows.size(); i++) {
      if (rows.get(i).equals(rows.get(0))) {
        return i;
      }
    }
    return rows.size();
  }

  private static int tokens(JsonNode golden) {
    int tokens = 0;
    for (JsonNode length : golden.get("lengths")) {
      tokens += length.asInt();
    }
    return tokens;
  }

  /** Ids 0, 1, 2, … over all examples; a label is its id, or ignored where 3 divides the id. */
  private static List<Example> examples(JsonNode lengths) {
    List<Example> examples = new ArrayList<>();
    int next = 0;
    for (JsonNode length : lengths) {
      int[] ids = new int[length.asInt()];
      int[] labels = new int[ids.length];
      for (int i = 0; i < ids.length; i++, next++) {
        ids[i] = next;
        labels[i] = next % 3 == 0 ? Example.IGNORED : next;
      }
      examples.add(Example.of(ids, labels));
    }
    return examples;
  }

  private static void assertRows(
      List<Example> packed, JsonNode expected, Function<Example, int[]> component) {
    List<List<Integer>> want = new ArrayList<>();
    expected.forEach(row -> want.add(GoldenRows.list(GoldenRows.ints(row))));
    assertThat(packed.stream().map(component).map(GoldenRows::list).toList()).isEqualTo(want);
  }

  /** Consecutive ids as (first, count). */
  private static List<List<Integer>> runs(int[] ids) {
    List<List<Integer>> runs = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= ids.length; i++) {
      if (i == ids.length || ids[i] != ids[i - 1] + 1) {
        runs.add(List.of(ids[from], i - from));
        from = i;
      }
    }
    return runs;
  }

  private static List<List<List<Integer>>> runLists(JsonNode rows) {
    List<List<List<Integer>>> lists = new ArrayList<>();
    for (JsonNode row : rows) {
      List<List<Integer>> runs = new ArrayList<>();
      row.forEach(run -> runs.add(GoldenRows.list(GoldenRows.ints(run))));
      lists.add(runs);
    }
    return lists;
  }
}
