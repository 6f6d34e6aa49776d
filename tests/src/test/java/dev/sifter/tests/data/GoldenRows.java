package dev.sifter.tests.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.data.Example;
import dev.sifter.train.data.record.DataRecord;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;

/** Reads rows of reference results. */
final class GoldenRows {
  private GoldenRows() {}

  static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).intValue();
    }
    return values;
  }

  /** A row with input_ids, labels and perhaps seq_lengths. */
  static Example example(JsonNode row) {
    int[] ids = ints(row.get("input_ids"));
    int[] labels = row.has("labels") ? ints(row.get("labels")) : ids.clone();
    return row.has("seq_lengths")
        ? new Example(ids, labels, ints(row.get("seq_lengths")))
        : Example.of(ids, labels);
  }

  static List<DataRecord> records(Iterable<JsonNode> rows) {
    List<DataRecord> records = new ArrayList<>();
    for (JsonNode row : rows) {
      Origin origin = new Origin("golden", records.size() + 1, records.size());
      records.add(new DataRecord(origin, (ObjectNode) row));
    }
    return records;
  }

  /** Ids, labels and document lengths as lists, to be compared. */
  static List<List<Integer>> lists(Example example) {
    return List.of(
        list(example.inputIds()), list(example.labels()), list(example.documentLengths()));
  }

  static List<Integer> list(int[] values) {
    List<Integer> list = new ArrayList<>();
    for (int value : values) {
      list.add(value);
    }
    return list;
  }
}
