package dev.sifter.train.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a run's results follow from: every option with its value, the size of its data, the device.
 * It lies beside each checkpoint and each result, so that it can be told how they came about, and
 * what is no longer the same when a run is resumed.
 */
public final class RunRecord {
  private static final String FILE = "training_args.json";

  private final ObjectNode values;

  /**
   * The record of a run.
   *
   * @param options all options, with defaults
   * @param rows rows trained on
   * @param tokens their tokens
   * @param device what the device is
   */
  public RunRecord(ObjectNode options, int rows, long tokens, String device) {
    values = options.deepCopy();
    values.put("train_rows", rows);
    values.put("train_tokens", tokens);
    values.put("device_used", device);
  }

  /**
   * The record that lies in a folder: options by their names; empty if there is none.
   *
   * @throws dev.sifter.model.ModelException if it is not JSON
   */
  public static Optional<ObjectNode> read(Path folder) {
    Path file = folder.resolve(FILE);
    return Files.exists(file) ? Optional.of(Json.readObject(file)) : Optional.empty();
  }

  /** Writes the record into a folder. */
  public void write(Path folder) {
    Json.write(folder.resolve(FILE), values);
  }

  /**
   * A line for each value that was another one when a checkpoint was written; empty if the
   * checkpoint has no record.
   *
   * @throws dev.sifter.model.ModelException if the record is not JSON
   */
  public List<String> changesSince(Path checkpoint) {
    Optional<ObjectNode> written = read(checkpoint);
    if (written.isEmpty()) {
      return List.of();
    }
    ObjectNode before = written.get();
    Set<String> names = new LinkedHashSet<>();
    values.fieldNames().forEachRemaining(names::add);
    before.fieldNames().forEachRemaining(names::add);
    List<String> changes = new ArrayList<>();
    for (String name : names) {
      // Compared as text: a number may come back from the file as one of another type.
      String then = text(before.path(name));
      String now = text(values.path(name));
      if (!then.equals(now)) {
        changes.add("%s is %s; %s had %s".formatted(name, now, checkpoint.getFileName(), then));
      }
    }
    return changes;
  }

  private static String text(JsonNode value) {
    return value instanceof MissingNode ? "not there" : value.toString();
  }
}
