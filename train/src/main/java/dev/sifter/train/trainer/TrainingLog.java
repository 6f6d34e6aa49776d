package dev.sifter.train.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** Keeps a run's figures, and writes each as a line of {@code log.jsonl} as it comes. */
public final class TrainingLog implements TrainingListener {
  /** Its name in a run's output folder. */
  static final String FILE = "log.jsonl";

  private static final ObjectWriter LINE =
      Json.mapper().writer().without(SerializationFeature.INDENT_OUTPUT);

  private final Path file;
  private final ArrayNode history = Json.mapper().createArrayNode();
  private TrainingControl run;

  /** A log in a run's output folder; lines of an earlier run in the same folder stay. */
  public TrainingLog(Path outputDir) {
    this.file = outputDir.resolve(FILE);
  }

  /** All lines of the run, those before a resume included. */
  public ArrayNode history() {
    return history;
  }

  /** Continues a run whose log was this at its checkpoint; later lines of the file are dropped. */
  void restore(ArrayNode lines) {
    history.removeAll();
    history.addAll(lines);
    AtomicFiles.write(
        file,
        out -> {
          for (JsonNode line : lines) {
            out.write((LINE.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }

  @Override
  public void attached(TrainingControl control) {
    run = control;
  }

  @Override
  public void logged(StepMetrics metrics) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("step", metrics.step());
    put(node, metrics.all());
    node.put("num_tokens", metrics.numTokens());
    node.put("peak_memory_bytes", metrics.peakMemoryBytes());
    add(node);
  }

  @Override
  public void evaluated(long step, EvalMetrics metrics) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("step", step);
    node.put("epoch", run.epoch());
    put(node, metrics.all());
    add(node);
  }

  @Override
  public void finished(TrainingSummary summary) {
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("step", summary.globalStep());
    node.put("epoch", summary.epoch());
    node.put("train_loss", summary.trainLoss());
    node.put("train_runtime", summary.seconds());
    node.put("total_flos", summary.totalFlos());
    node.put("num_tokens", summary.numTokens());
    node.put("peak_memory_bytes", summary.peakMemoryBytes());
    if (summary.stopReason() != null) {
      node.put("stop_reason", summary.stopReason());
    }
    add(node);
  }

  private static void put(ObjectNode node, Map<String, Double> figures) {
    figures.forEach(node::put);
  }

  private void add(ObjectNode node) {
    history.add(node);
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(
          file,
          LINE.writeValueAsString(node) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileErrors.because("cannot write " + file, e);
    }
  }
}
